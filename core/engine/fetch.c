/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "answer.h"
#include "bounds.h"
#include "domain.h"
#include "flight.h"
#include "lease.h"
#include "op.h"
#include "refused.h"
#include "save.h"

/* HTT-13: while a policy is at stake this is a warning, each time anew. */
static void
tell_failure(
    const struct sts_flight *flight, const char *reason, const char *detail)
{
	const struct sts_log *log = flight->engine->deps.log;
	const struct sts_dom *dom = flight->dom;
	int64_t wall = sts_engine_wall(flight->engine);
	struct sts_life life;
	char safe[STS_HTTP_DETAIL * 4];

	(void)sts_str_escape(sts_str(detail), safe, sizeof(safe));
	if (!sts_dom_live(dom, wall)) {
		sts_log(log, STS_LOG_INFO, "fetch-failed",
		    "domain=%s id=%s reason=%s detail=\"%s\"", dom->name,
		    flight->id, reason, safe);
		return;
	}
	life = sts_held_life(dom->held, wall, sts_engine_mono(flight->engine));
	sts_log(log,
	    dom->held->policy->mode == STS_MODE_NONE ? STS_LOG_DEBUG
						     : STS_LOG_WARNING,
	    "refresh-failed",
	    "domain=%s id=%s mode=%s reason=%s detail=\"%s\" left=%" PRId64,
	    dom->name, flight->id, sts_mode_name(dom->held->policy->mode),
	    reason, safe, life.ends - wall);
}

/* RPT-13: where there is a record, or a policy holds that is not of mode none
 * (RFC 8461 section 6). */
void
sts_flight_report(
    const struct sts_flight *flight, const char *reason, const char *detail)
{
	const struct sts_engine *engine = flight->engine;
	const struct sts_dom *dom = flight->dom;
	const struct sts_policy *held =
	    sts_dom_live(dom, sts_engine_wall(engine)) ? dom->held->policy
						       : NULL;

	if (engine->failure != NULL &&
	    (flight->have_id || (held != NULL && held->mode != STS_MODE_NONE)))
		engine->failure(
		    engine->failure_arg, dom->name, held, reason, detail);
}

/* Neither the record was to be had nor a way to the host: as likely as not it
 * is our network that is down, or the name server that we ask. */
static bool
is_outage(const struct sts_flight *flight, const char *detail)
{
	return !flight->have_id && flight->unseen == NULL &&
	       (strcmp(detail, STS_HTTP_NO_DNS) == 0 ||
		   strcmp(detail, STS_HTTP_NO_ROUTE) == 0);
}

/* A failure never shortens a live policy (HTT-11); without one: none. */
static void
failed(struct sts_flight *flight, const char *reason, const char *detail)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	struct sts_held *held = dom->held;
	int64_t wait = sts_fetch_backoff(engine, dom, flight->id);
	int64_t wall = sts_engine_wall(engine);

	engine->stats.fetch_failed++;
	sts_dom_failure(dom, reason, detail);
	sts_hold_set(engine, dom, STS_HOLD_FAILING, reason, wait * 1000);
	tell_failure(flight, reason, detail);
	if (!is_outage(flight, detail))
		sts_flight_report(flight, reason, detail);
	/* A changed policy is waiting: look again when the back-off ends. */
	if (held != NULL && strcmp(flight->id, held->id) != 0 &&
	    held->txt_next > wall + wait) {
		held->txt_next = wall + wait;
		sts_held_settle(held);
	}
	sts_flight_end(flight);
}

static void
tell_change(const struct sts_dom *dom, const struct sts_held *fresh,
    const struct sts_diags *diags)
{
	const struct sts_engine *engine = dom->engine;
	const struct sts_held *old = dom->held;
	const struct sts_policy *policy = fresh->policy;
	enum sts_level level = STS_LOG_INFO;
	const char *event = "policy-changed";

	if (old != NULL && policy->mode < old->policy->mode) {
		event = "policy-downgrade";
		level = STS_LOG_NOTICE;
	} else if (old == NULL || !sts_dom_live(dom, sts_engine_wall(engine))) {
		event = "policy-new";
	} else if (strcmp(old->id, fresh->id) == 0 &&
		   old->policy->text.n == policy->text.n &&
		   memcmp(old->policy->text.p, policy->text.p,
		       policy->text.n) == 0) {
		event = "policy-refreshed";
		level = STS_LOG_DEBUG;
	}
	sts_log(engine->deps.log, level, event,
	    "domain=%s id=%s mode=%s max_age=%" PRIu32
	    " mx=%zu old_id=%s old_mode=%s",
	    dom->name, fresh->id, sts_mode_name(policy->mode), policy->max_age,
	    policy->n_mx, old != NULL ? old->id : "-",
	    old != NULL ? sts_mode_name(old->policy->mode) : "-");
	if (level != STS_LOG_DEBUG && diags->n > 0)
		sts_log(engine->deps.log, STS_LOG_INFO, "policy-warning",
		    "domain=%s line=%u rule=%s warnings=%zu", dom->name,
		    diags->list[0].line, diags->list[0].rule,
		    diags->n + diags->dropped);
}

/* max_age 0: for those who ask now, and what was cached is over (POL-9). */
static void
once(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	struct sts_held *fresh = flight->fresh;
	struct sts_answer answer = sts_answer_policy(fresh, "once");

	if (dom->held != NULL || !dom->loaded)
		(void)sts_op_del(engine, dom->name, NULL, NULL);
	sts_dom_unpin(engine, dom);
	sts_dom_hold_policy(dom, NULL);
	sts_fetch_forgive(dom);
	sts_answer_all(engine, dom, &answer, fresh, true);
	sts_flight_end(flight);
}

static void
on_put(void *arg, enum sts_err err)
{
	struct sts_flight *flight = arg;
	struct sts_dom *dom = flight->dom;
	bool changed = flight->changed;

	flight->op = NULL;
	sts_dom_hold_policy(dom, flight->fresh);
	flight->fresh = NULL;
	sts_dom_loaded(dom);
	dom->load_told = false;
	sts_fetch_forgive(dom);
	sts_saved(flight->engine, dom, err);
	if (changed)
		sts_save(flight->engine, dom);
	sts_flight_end(flight);
}

/* Answered only when committed; what could not be is answered all the same. */
void
sts_fetch_commit(struct sts_flight *flight)
{
	struct sts_op *op;

	sts_flight_waits(flight, STS_STAGE_PUT);
	op = sts_op_put(flight->engine, flight->dom->name, flight->fresh, true,
	    on_put, flight);
	if (op != NULL)
		flight->op = op;
}

static void
set_times(struct sts_flight *flight, struct sts_held *fresh)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	int64_t wall = sts_engine_wall(engine);
	int64_t max_age = fresh->policy->max_age;

	fresh->fetched = fresh->checked = wall;
	fresh->since = sts_engine_mono(engine);
	fresh->expires = wall + max_age;
	fresh->refresh = wall + sts_refresh_after(engine, max_age);
	fresh->txt_next = wall + flight->txt_after;
	fresh->used = dom->last_used;
	fresh->refused = sts_refused_still(dom, fresh);
	sts_held_settle(fresh);
}

static void
accept_policy(struct sts_flight *flight, struct sts_policy *policy,
    const struct sts_diags *diags)
{
	flight->fresh = sts_held_new(policy, flight->id);
	if (flight->fresh == NULL) {
		sts_flight_local(flight, "no-memory");
		return;
	}
	flight->overdue = false; /* it did deliver; now they wait for us */
	set_times(flight, flight->fresh);
	tell_change(flight->dom, flight->fresh, diags);
	if (policy->max_age == 0)
		once(flight);
	else
		sts_fetch_commit(flight);
}

static void
body_came(struct sts_flight *flight, struct sts_str body)
{
	const char *reason = sts_http_status_name(STS_HTTP_INVALID);
	struct sts_policy *policy;
	struct sts_diags diags;
	const struct sts_diag *why;
	enum sts_err err;

	memset(&diags, 0, sizeof(diags));
	err = sts_policy_parse(body, &policy, &diags);
	why = sts_diag_error(&diags);
	if (err == STS_OK)
		accept_policy(flight, policy, &diags);
	else if (err == STS_ENOMEM)
		sts_flight_local(flight, "no-memory");
	else
		failed(flight, reason, why != NULL ? why->rule : "");
}

static void
on_http(void *arg, const struct sts_http_answer *answer)
{
	struct sts_flight *flight = arg;
	struct sts_engine *engine = flight->engine;

	sts_engine_enter(engine);
	flight->request = NULL;
	sts_gate_leave(&flight->pass, engine->config.fetches_zone_max);
	if (answer->status == STS_HTTP_OK)
		body_came(flight, answer->body);
	else if (answer->status == STS_HTTP_LOCAL)
		sts_flight_local(flight, "fetch-local");
	else
		failed(flight, sts_http_status_name(answer->status),
		    answer->detail);
	sts_engine_leave(engine);
}

void
sts_fetch_begin(struct sts_flight *flight)
{
	if (flight->engine->deps.shared.ops != NULL && !flight->alone &&
	    (flight->why & STS_WHY_FETCH) == 0)
		sts_lease_begin(flight);
	else
		sts_fetch_queue(flight);
}

void
sts_fetch_queue(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;

	sts_flight_waits(flight, STS_STAGE_HTTP_WAIT);
	if (sts_gate_wait(&engine->gate_http, &flight->pass, flight->dom->name,
		engine->config.fetches_zone_max) != STS_OK)
		sts_flight_local(flight, "no-memory");
}

void
sts_fetch_ask(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	const struct sts_http *http = &engine->deps.http;
	struct sts_http_request *request;

	engine->stats.fetched++;
	request = http->ops->get(http->ctx, flight->dom->name,
	    sts_engine_mono(engine) + engine->config.fetch_timeout_ms, on_http,
	    flight);
	if (request != NULL)
		flight->request = request;
}
