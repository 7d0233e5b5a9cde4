/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "answer.h"
#include "bounds.h"
#include "domain.h"
#include "flight.h"
#include "op.h"
#include "peer.h"
#include "sweep.h"

int64_t
sts_engine_wall(const struct sts_engine *engine)
{
	return engine->deps.clock.ops->wall(engine->deps.clock.ctx);
}

int64_t
sts_engine_mono(const struct sts_engine *engine)
{
	return engine->deps.clock.ops->mono(engine->deps.clock.ctx);
}

void
sts_engine_complain(struct sts_engine *engine, const char *what)
{
	int64_t mono = sts_engine_mono(engine);

	if (mono < engine->complain_next)
		return;
	engine->complain_next = mono + STS_COMPLAIN_MS;
	sts_log(engine->deps.log, STS_LOG_ERROR, "local-fault", "at=%s", what);
}

void
sts_engine_enter(struct sts_engine *engine)
{
	engine->depth++;
}

static bool
call_one(struct sts_engine *engine)
{
	struct sts_ask *ask = TAILQ_FIRST(&engine->ready);

	if (ask != NULL)
		sts_answer_call(ask);
	return ask != NULL;
}

void
sts_engine_leave(struct sts_engine *engine)
{
	while (
	    engine->depth == 1 && (call_one(engine) || sts_flight_pump(engine)))
		continue;
	engine->depth--;
}

void
sts_engine_defaults(struct sts_engine_config *config)
{
	*config = (struct sts_engine_config){
	    .lookup_timeout_ms = 10000,
	    .dns_timeout_ms = 5000,
	    .fetch_timeout_ms = 60000,
	    .refresh_interval = 86400,
	    .txt_min = 60,
	    .txt_max = 3600,
	    .negative_min = 60,
	    .negative_max = 3600,
	    .backoff_id = 300,
	    .backoff_max = 3600,
	    .backoff_domain = 30,
	    .domains_max = 20000,
	    .fetches_max = 256,
	    .fetches_zone_max = 32,
	    .shared_wait_ms = 10,
	};
}

static uint64_t
seed(const struct sts_deps *deps)
{
	uint64_t high = deps->random ? deps->random(deps->random_ctx) : 0;
	uint64_t low = deps->random ? deps->random(deps->random_ctx) : 0;

	return high << 32 | low;
}

static enum sts_err
make_parts(struct sts_engine *engine)
{
	uint64_t salt = seed(&engine->deps);

	if (sts_map_init(&engine->doms, engine->config.domains_max, salt) !=
		STS_OK ||
	    sts_gate_init(&engine->gate_txt, salt) != STS_OK ||
	    sts_gate_init(&engine->gate_http, salt) != STS_OK)
		return STS_ENOMEM;
	engine->sweep = sts_sweep_new(engine);
	return engine->sweep != NULL ? STS_OK : STS_ENOMEM;
}

static void
drop_parts(struct sts_engine *engine)
{
	sts_sweep_free(engine->sweep);
	sts_gate_fini(&engine->gate_txt);
	sts_gate_fini(&engine->gate_http);
	sts_map_fini(&engine->doms);
	free(engine);
}

struct sts_engine *
sts_engine_new(
    const struct sts_deps *deps, const struct sts_engine_config *config)
{
	struct sts_engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	engine->deps = *deps;
	engine->config = *config;
	TAILQ_INIT(&engine->idle);
	TAILQ_INIT(&engine->unsaved);
	TAILQ_INIT(&engine->ops);
	TAILQ_INIT(&engine->ready);
	if (make_parts(engine) == STS_OK) {
		sts_peer_listen(engine, true);
		return engine;
	}
	drop_parts(engine);
	return NULL;
}

static void
close_dom(void *arg, struct sts_map_node *node)
{
	struct sts_engine *engine = arg;
	struct sts_dom *dom = (struct sts_dom *)(void *)node;
	struct sts_answer answer = sts_answer_temp("unknown", "shutdown", "");

	if (dom->flight != NULL)
		sts_flight_abort(dom->flight);
	sts_answer_all(engine, dom, &answer, NULL, true);
}

void
sts_engine_free(struct sts_engine *engine)
{
	struct sts_map_node *node;

	if (engine == NULL)
		return;
	engine->closing = true;
	sts_peer_listen(engine, false);
	sts_engine_enter(engine);
	sts_map_each(&engine->doms, close_dom, engine);
	sts_op_fail_all(engine);
	sts_engine_leave(engine);
	if (engine->stats.policies_unsaved > 0)
		sts_log(engine->deps.log, STS_LOG_ERROR, "store-unsaved",
		    "policies=%llu",
		    (unsigned long long)engine->stats.policies_unsaved);
	while ((node = sts_map_any(&engine->doms)) != NULL)
		sts_dom_free(engine, (struct sts_dom *)(void *)node);
	drop_parts(engine);
}

void
sts_engine_configure(
    struct sts_engine *engine, const struct sts_engine_config *config)
{
	engine->config = *config;
}

void
sts_engine_use_dns(struct sts_engine *engine, struct sts_dns dns)
{
	engine->deps.dns = dns;
}

void
sts_engine_stats(const struct sts_engine *engine, struct sts_engine_stats *out)
{
	*out = engine->stats;
	out->domains = engine->doms.n;
}

void
sts_engine_on_failure(struct sts_engine *engine, sts_failure_cb *cb, void *arg)
{
	engine->failure = cb;
	engine->failure_arg = arg;
}
