/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "bounds.h"
#include "domain.h"
#include "flight.h"
#include "lease.h"
#include "refused.h"
#include "save.h"
#include "sweep.h"

/* The one place where an answer is made inside the asker's own call. */
static void
give_now(struct sts_engine *engine, struct sts_answer *answer,
    sts_answer_cb *cb, void *arg)
{
	struct sts_answer given = *answer;
	char detail[STS_HTTP_DETAIL];

	/* The callback may purge what this points into. */
	(void)snprintf(detail, sizeof(detail), "%s", answer->detail);
	given.detail = detail;
	sts_answer_count(engine, answer->kind);
	cb(arg, &given);
}

static struct sts_ask *
hit(struct sts_engine *engine, struct sts_dom *dom, int64_t wall,
    sts_answer_cb *cb, void *arg)
{
	struct sts_answer answer = sts_answer_policy(dom->held, "fresh");
	struct sts_held *held = dom->held;

	dom->last_used = wall;
	sts_dom_touch(engine, dom);
	engine->stats.hits++;
	held->refs++;
	engine->stats.policy++;
	cb(arg, &answer);
	sts_held_unref(held);
	return NULL;
}

static struct sts_ask *
refuse(
    struct sts_engine *engine, const char *reason, sts_answer_cb *cb, void *arg)
{
	struct sts_answer answer = sts_answer_temp("unknown", reason, "");

	give_now(engine, &answer, cb, arg);
	return NULL;
}

/* The domain did not deliver in time: without a policy it is as if it had
 * none (RFC 8461 section 3.3), and so for all until the fetch has ended. */
static void
turn_overdue(struct sts_engine *engine, struct sts_dom *dom)
{
	struct sts_answer answer;

	if (dom->flight->overdue)
		return;
	dom->flight->overdue = true;
	sts_log(engine->deps.log, STS_LOG_INFO, "fetch-slow",
	    "domain=%s id=%s waited_ms=%lld", dom->name, dom->flight->id,
	    (long long)sts_flight_foreign_ms(dom->flight));
	answer = sts_answer_overdue(dom);
	sts_answer_all(engine, dom, &answer, NULL, false);
}

/* Was the time theirs, but for the delays of ours that there may be? */
static bool
is_theirs(const struct sts_engine *engine, const struct sts_flight *flight)
{
	int64_t ours = STS_OWN_DELAY_MS;

	if (flight->waited)
		ours += sts_lease_wait_ms(engine);
	return sts_flight_foreign_ms(flight) + ours >=
	       engine->config.lookup_timeout_ms;
}

static bool
is_overdue(const struct sts_engine *engine, const struct sts_dom *dom)
{
	return dom->flight->stage == STS_STAGE_HTTP &&
	       is_theirs(engine, dom->flight);
}

/* Why nothing came by the deadline, as told to the asker. */
static struct sts_answer
late(const struct sts_engine *engine, const struct sts_dom *dom)
{
	const struct sts_flight *flight = dom->flight;
	bool theirs = is_theirs(engine, flight);

	switch (flight->stage) {
	case STS_STAGE_LOAD:
	case STS_STAGE_PEEK:
	case STS_STAGE_PUT:
		return sts_answer_temp("unknown", "store-slow", "");
	case STS_STAGE_TXT:
		if (theirs && dom->loaded && !engine->config.on_dns_error_defer)
			return sts_answer_none("dns-failed", "dns-timeout", "");
		return sts_answer_temp("unknown", "timeout", "dns");
	case STS_STAGE_HTTP:
		return sts_answer_temp("unknown", "timeout", "fetch");
	case STS_STAGE_LEASE:
		return sts_answer_temp("unknown", "timeout", "peer");
	case STS_STAGE_TXT_WAIT:
	case STS_STAGE_HTTP_WAIT:
		break;
	}
	return sts_answer_temp("unknown", "limit", "");
}

static void
on_deadline(void *arg)
{
	struct sts_ask *ask = arg;
	struct sts_engine *engine = ask->engine;
	struct sts_dom *dom = ask->dom;
	struct sts_answer answer;

	sts_engine_enter(engine);
	ask->timer = NULL;
	sts_dom_doubt(dom);
	if (sts_dom_live(dom, sts_engine_wall(engine))) {
		answer = sts_answer_now(engine, dom);
		sts_answer_give(ask, &answer, dom->held);
		if (is_overdue(engine, dom))
			dom->flight->overdue = true;
	} else if (is_overdue(engine, dom)) {
		answer = sts_answer_overdue(dom);
		sts_answer_give(ask, &answer, NULL);
		turn_overdue(engine, dom);
	} else {
		answer = late(engine, dom);
		sts_answer_give(ask, &answer, NULL);
	}
	sts_dom_settle(engine, dom);
	sts_engine_leave(engine);
}

/* NULL: no memory. */
static struct sts_ask *
join(struct sts_engine *engine, struct sts_dom *dom, int64_t wait_ms,
    sts_answer_cb *cb, void *arg)
{
	const struct sts_clock *clock = &engine->deps.clock;
	struct sts_ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		return NULL;
	ask->engine = engine;
	ask->dom = dom;
	ask->cb = cb;
	ask->arg = arg;
	ask->timer = clock->ops->timer(
	    clock->ctx, sts_engine_mono(engine) + wait_ms, on_deadline, ask);
	if (ask->timer == NULL) {
		free(ask);
		return NULL;
	}
	ask->list = &dom->asks;
	TAILQ_INSERT_TAIL(ask->list, ask, link);
	sts_dom_settle(engine, dom);
	return ask;
}

/* It may have been answered by now: then inside this call. */
static struct sts_ask *
joined(struct sts_engine *engine, struct sts_ask *ask)
{
	(void)sts_flight_pump(engine);
	if (ask->list != &engine->ready)
		return ask;
	sts_answer_call(ask);
	return NULL;
}

/* why: STS_WHY_ASKED, or STS_WHY_TXT where nothing else will do. */
static struct sts_ask *
wait_for(struct sts_engine *engine, struct sts_dom *dom, unsigned why,
    int64_t wait_ms, sts_answer_cb *cb, void *arg)
{
	struct sts_ask *ask = join(engine, dom, wait_ms, cb, arg);

	if (ask == NULL)
		return refuse(engine, "no-memory", cb, arg);
	ask->to_end = why != STS_WHY_ASKED;
	if (dom->flight != NULL && dom->flight->stage <= STS_STAGE_TXT)
		dom->flight->why |= why;
	if (dom->flight == NULL &&
	    sts_flight_start(engine, dom, why) != STS_OK) {
		sts_engine_cancel(engine, ask);
		return refuse(engine, "no-memory", cb, arg);
	}
	return joined(engine, ask);
}

/* Whether the answer is known without asking anyone. */
static bool
is_known(const struct sts_dom *dom, int64_t mono)
{
	if (!dom->loaded)
		return dom->flight == NULL && mono < dom->blind_until;
	return sts_hold_on(dom, mono);
}

static struct sts_ask *
ask_live(struct sts_engine *engine, struct sts_dom *dom, int64_t wall,
    sts_answer_cb *cb, void *arg)
{
	bool due = sts_due(dom, wall, sts_engine_mono(engine)) != 0;
	struct sts_held *held = sts_held_ref(dom->held);
	struct sts_answer answer = sts_answer_held(engine, held);

	engine->stats.hits++;
	if (due && dom->flight == NULL)
		(void)sts_flight_start(engine, dom, STS_WHY_ASKED);
	give_now(engine, &answer, cb, arg);
	sts_held_unref(held);
	return NULL;
}

static struct sts_ask *
ask_dom(struct sts_engine *engine, struct sts_dom *dom, bool strict,
    int64_t wait_ms, sts_answer_cb *cb, void *arg)
{
	int64_t wall = sts_engine_wall(engine);
	struct sts_answer answer;

	dom->last_used = wall;
	sts_dom_touch(engine, dom);
	sts_dom_doubt(dom);
	if (dom->held != NULL)
		sts_due_mend(engine, dom);
	if (sts_dom_live(dom, wall) && sts_refused_check(dom, strict))
		return wait_for(engine, dom, STS_WHY_TXT, wait_ms, cb, arg);
	if (sts_dom_live(dom, wall))
		return ask_live(engine, dom, wall, cb, arg);
	if (dom->held != NULL)
		sts_policy_lost(engine, dom);
	if (dom->flight != NULL && dom->flight->overdue)
		answer = sts_answer_overdue(dom);
	else if (is_known(dom, sts_engine_mono(engine)))
		answer = sts_answer_now(engine, dom);
	else
		return wait_for(engine, dom,
		    strict ? STS_WHY_TXT : STS_WHY_ASKED, wait_ms, cb, arg);
	engine->stats.hits++;
	give_now(engine, &answer, cb, arg);
	return NULL;
}

static struct sts_ask *
ask_slow(struct sts_engine *engine, const char *domain, bool strict,
    int64_t wait_ms, sts_answer_cb *cb, void *arg)
{
	struct sts_dom *dom;
	struct sts_ask *ask;
	enum sts_err err;

	if (engine->closing)
		return refuse(engine, "shutdown", cb, arg);
	sts_engine_enter(engine);
	sts_sweep_ensure(engine->sweep);
	err = sts_dom_get(engine, domain, &dom);
	if (err == STS_OK) {
		ask = ask_dom(engine, dom, strict, wait_ms, cb, arg);
	} else {
		sts_engine_complain(
		    engine, err == STS_ELIMIT ? "domains-max" : "no-memory");
		ask = refuse(
		    engine, err == STS_ELIMIT ? "limit" : "no-memory", cb, arg);
	}
	sts_engine_leave(engine);
	return ask;
}

struct sts_ask *
sts_engine_ask(
    struct sts_engine *engine, const char *domain, sts_answer_cb *cb, void *arg)
{
	int64_t wall = sts_engine_wall(engine);
	struct sts_dom *dom;
	struct sts_answer answer;

	engine->stats.asked++;
	dom = sts_dom_find(engine, domain);
	if (dom != NULL && dom->held != NULL && wall >= dom->held->quiet_from &&
	    wall < dom->held->quiet_until)
		return hit(engine, dom, wall, cb, arg);
	if (strlen(domain) + strlen("_mta-sts.") <= STS_DOMAIN_MAX)
		return ask_slow(engine, domain, false,
		    engine->config.lookup_timeout_ms, cb, arg);
	/* No name for its record can exist. */
	answer = sts_answer_none("unsupported", "name-too-long", "");
	give_now(engine, &answer, cb, arg);
	return NULL;
}

struct sts_ask *
sts_engine_recheck(struct sts_engine *engine, const char *domain,
    int64_t deadline, sts_answer_cb *cb, void *arg)
{
	int64_t wait_ms = deadline - sts_engine_mono(engine);

	if (strlen(domain) + strlen("_mta-sts.") > STS_DOMAIN_MAX)
		return sts_engine_ask(engine, domain, cb, arg);
	engine->stats.asked++;
	return ask_slow(engine, domain, true, wait_ms, cb, arg);
}

struct sts_ask *
sts_engine_refresh(
    struct sts_engine *engine, const char *domain, sts_answer_cb *cb, void *arg)
{
	struct sts_dom *dom;
	struct sts_ask *ask = NULL;

	engine->stats.asked++;
	if (engine->closing)
		return refuse(engine, "shutdown", cb, arg);
	if (strlen(domain) + strlen("_mta-sts.") > STS_DOMAIN_MAX)
		return sts_engine_ask(engine, domain, cb, arg);
	sts_engine_enter(engine);
	if (sts_dom_get(engine, domain, &dom) == STS_OK)
		ask =
		    join(engine, dom, engine->config.fetch_timeout_ms, cb, arg);
	if (ask != NULL)
		ask->to_end = true;
	if (ask != NULL && sts_flight_force(engine, dom, STS_WHY_FETCH)) {
		ask = joined(engine, ask);
	} else {
		if (ask != NULL)
			sts_engine_cancel(engine, ask);
		ask = refuse(engine, "limit", cb, arg);
	}
	sts_engine_leave(engine);
	return ask;
}

void
sts_engine_cancel(struct sts_engine *engine, struct sts_ask *ask)
{
	const struct sts_clock *clock = &engine->deps.clock;

	clock->ops->cancel(clock->ctx, ask->timer);
	TAILQ_REMOVE(ask->list, ask, link);
	if (ask->list == &ask->dom->asks)
		sts_dom_settle(engine, ask->dom);
	sts_held_unref(ask->held);
	free(ask);
}
