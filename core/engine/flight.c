/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "answer.h"
#include "bounds.h"
#include "domain.h"
#include "entry.h"
#include "flight.h"
#include "lease.h"
#include "op.h"
#include "peer.h"
#include "refused.h"
#include "save.h"

void
sts_flight_waits(struct sts_flight *flight, enum sts_stage stage)
{
	int64_t mono = sts_engine_mono(flight->engine);

	if (flight->waits_since != 0)
		flight->own_ms += mono - flight->waits_since;
	flight->stage = stage;
	flight->waits_since = mono;
}

void
sts_flight_goes_on(struct sts_flight *flight, enum sts_stage stage)
{
	flight->stage = stage;
	flight->own_ms += sts_engine_mono(flight->engine) - flight->waits_since;
	flight->waits_since = 0;
}

int64_t
sts_flight_foreign_ms(const struct sts_flight *flight)
{
	int64_t mono = sts_engine_mono(flight->engine);
	int64_t own = flight->own_ms;

	if (flight->stage != STS_STAGE_TXT && flight->stage != STS_STAGE_HTTP)
		own += mono - flight->waits_since;
	return mono - flight->started - own;
}

/* What the store had: to memory, if it can be read. */
static bool
adopt(struct sts_flight *flight, const struct sts_store_item *item)
{
	struct sts_dom *dom = flight->dom;
	struct sts_held *held;
	enum sts_err err = sts_entry_decode(dom->name, item->value, &held);

	if (err == STS_OK) {
		sts_held_aged(held, sts_engine_wall(dom->engine),
		    sts_engine_mono(dom->engine));
		sts_dom_hold_policy(dom, held);
		if (held->used > dom->last_used)
			dom->last_used = held->used;
		sts_due_mend(flight->engine, dom);
		return true;
	}
	if (!dom->load_told)
		sts_log(flight->engine->deps.log, STS_LOG_ERROR,
		    "store-unreadable", "domain=%s error=%s", dom->name,
		    sts_err_name(err));
	dom->load_told = true;
	return false;
}

/* A store that is broken is so for every domain: told once a minute. */
static void
tell_blind(struct sts_engine *engine, const struct sts_dom *dom)
{
	int64_t mono = sts_engine_mono(engine);

	if (mono < engine->blind_next)
		return;
	engine->blind_next = mono + STS_COMPLAIN_MS;
	sts_log(engine->deps.log, STS_LOG_ERROR, "store-failed",
	    "domain=%s at=get", dom->name);
}

/* What our store holds may be live: no peer's word is taken in its place. */
static void
blind(struct sts_flight *flight)
{
	flight->dom->blind_until =
	    sts_engine_mono(flight->engine) + STS_HOLD_BLIND_MS;
	flight->peeked = flight->alone = true;
}

static void
on_load(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_flight *flight = arg;
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;

	flight->op = NULL;
	if (status == STS_STORE_FAILED)
		tell_blind(engine, dom);
	/* A store of two levels has looked there, too. */
	flight->peeked = status == STS_STORE_MISS ||
			 (status == STS_STORE_FOUND && item->foreign);
	if (flight->peeked ||
	    (status == STS_STORE_FOUND && adopt(flight, item)))
		sts_dom_loaded(dom);
	else
		blind(flight);
	if (status == STS_STORE_FOUND && item->foreign)
		(void)sts_peer_take(flight, item);
	sts_flight_loaded(flight);
}

enum sts_err
sts_flight_start(struct sts_engine *engine, struct sts_dom *dom, unsigned why)
{
	struct sts_flight *flight = calloc(1, sizeof(*flight));
	struct sts_op *op;

	if (flight == NULL) {
		sts_engine_complain(engine, "no-memory");
		return STS_ENOMEM;
	}
	flight->engine = engine;
	flight->dom = dom;
	flight->why = why;
	flight->started = sts_engine_mono(engine);
	dom->flight = flight;
	engine->stats.flights++;
	sts_dom_settle(engine, dom);
	sts_flight_waits(flight, STS_STAGE_LOAD);
	sts_dom_doubt(dom);
	if (dom->loaded || dom->held != NULL) {
		sts_flight_loaded(flight);
		return STS_OK;
	}
	op = sts_op_get(engine, dom->name, on_load, flight);
	if (op != NULL)
		flight->op = op;
	return STS_OK;
}

bool
sts_flight_force(struct sts_engine *engine, struct sts_dom *dom, unsigned why)
{
	struct sts_flight *flight = dom->flight;

	if (flight == NULL)
		return sts_flight_start(engine, dom, why) == STS_OK;
	if (flight->stage <= STS_STAGE_TXT)
		flight->why |= why;
	else
		flight->again |= why & (STS_WHY_TXT | STS_WHY_PEER);
	/* No peer's fetch is one. */
	if ((why & STS_WHY_FETCH) != 0)
		flight->alone = true;
	return true;
}

void
sts_flight_tell(struct sts_flight *flight)
{
	struct sts_dom *dom = flight->dom;
	struct sts_answer answer = sts_answer_now(flight->engine, dom);

	sts_answer_all(flight->engine, dom, &answer, dom->held, false);
}

/* Is nothing to be asked of a policy that holds? */
static bool
is_quiet(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	const unsigned idle = STS_WHY_SWEEP | STS_WHY_PEER;

	if ((flight->why & STS_WHY_REFUSED) != 0)
		sts_refused_mark(dom, true);
	if (dom->held->refused && !TAILQ_EMPTY(&dom->asks))
		flight->why |= STS_WHY_TXT;
	else
		sts_flight_tell(flight);
	flight->due =
	    sts_due(dom, sts_engine_wall(engine), sts_engine_mono(engine));
	return ((flight->why | flight->due) & ~idle) == 0;
}

/* And without one? */
static bool
is_held_off(const struct sts_flight *flight)
{
	const struct sts_dom *dom = flight->dom;
	const unsigned idle = STS_WHY_SWEEP | STS_WHY_PEER;

	return sts_hold_on(dom, sts_engine_mono(flight->engine)) ||
	       ((flight->why & idle) != 0 && TAILQ_EMPTY(&dom->asks));
}

void
sts_flight_loaded(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	bool live = sts_dom_live(dom, sts_engine_wall(engine));
	bool stop;

	flight->due = 0;
	stop = live ? is_quiet(flight) : is_held_off(flight);
	if ((flight->why & (STS_WHY_TXT | STS_WHY_FETCH)) != 0)
		stop = false;
	else if (sts_peer_ask(flight, stop))
		return;
	if (!live && dom->held != NULL)
		sts_policy_lost(engine, dom);
	if (stop)
		sts_flight_end(flight);
	else
		sts_txt_queue(flight);
}

void
sts_flight_abort(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;

	sts_op_drop(flight->op);
	sts_lease_end(flight);
	if (flight->query != NULL)
		flight->dns.ops->cancel(flight->dns.ctx, flight->query);
	if (flight->request != NULL)
		engine->deps.http.ops->cancel(
		    engine->deps.http.ctx, flight->request);
	sts_gate_leave(&flight->pass, engine->config.fetches_zone_max);
	sts_held_unref(flight->fresh);
	flight->dom->flight = NULL;
	engine->stats.flights--;
	free(flight);
}

void
sts_flight_end(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	unsigned again = engine->closing ? 0 : flight->again;
	struct sts_answer answer;

	sts_dom_doubt(dom);
	answer = sts_answer_now(engine, dom);
	sts_flight_abort(flight);
	sts_answer_all(engine, dom, &answer, dom->held, true);
	if (again != 0)
		(void)sts_flight_start(engine, dom, again);
	sts_dom_settle(engine, dom);
}

void
sts_flight_local(struct sts_flight *flight, const char *reason)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	int64_t until = sts_engine_mono(engine) + STS_HOLD_LOCAL_MS;

	sts_engine_complain(engine, reason);
	sts_dom_failure(dom, reason, "");
	sts_hold_set(engine, dom, STS_HOLD_LOCAL, reason, STS_HOLD_LOCAL_MS);
	if (dom->floor < until)
		dom->floor = until;
	dom->recheck_at = until;
	if (dom->held != NULL) {
		dom->held->txt_next =
		    sts_engine_wall(engine) + STS_HOLD_LOCAL_MS / 1000;
		sts_held_settle(dom->held);
	}
	sts_flight_end(flight);
}

static struct sts_flight *
flight_of(struct sts_gate_pass *pass)
{
	return (struct sts_flight *)(void *)((char *)pass -
					     offsetof(struct sts_flight, pass));
}

static struct sts_flight *
next_of(struct sts_engine *engine, struct sts_gate *gate)
{
	struct sts_gate_pass *pass = sts_gate_next(
	    gate, engine->config.fetches_max, engine->config.fetches_zone_max);

	return pass == NULL ? NULL : flight_of(pass);
}

bool
sts_flight_pump(struct sts_engine *engine)
{
	struct sts_flight *flight;
	bool any = false;

	while ((flight = next_of(engine, &engine->gate_txt)) != NULL) {
		any = true;
		sts_flight_goes_on(flight, STS_STAGE_TXT);
		sts_txt_ask(flight);
	}
	while ((flight = next_of(engine, &engine->gate_http)) != NULL) {
		any = true;
		sts_flight_goes_on(flight, STS_STAGE_HTTP);
		sts_fetch_ask(flight);
	}
	return any;
}
