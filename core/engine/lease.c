/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "bounds.h"
#include "lease.h"
#include "op.h"
#include "peer.h"

/* What the other host brought is taken, if it is what TXT speaks of. */
static void
on_brought(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_flight *flight = arg;
	enum sts_peer_word word = STS_PEER_NOTHING;
	const struct sts_dom *dom = flight->dom;

	flight->op = NULL;
	if (status == STS_STORE_FOUND)
		word = sts_peer_take(flight, item);
	if ((word != STS_PEER_TAKEN && word != STS_PEER_EXTENDED) ||
	    strcmp(dom->held->id, flight->id) != 0) {
		sts_fetch_queue(flight);
	} else if (flight->alone) {
		sts_flight_tell(flight);
		sts_fetch_queue(flight);
	} else {
		sts_flight_end(flight);
	}
}

static void
go_on(struct sts_flight *flight)
{
	struct sts_op *op;

	if (!flight->waited) {
		sts_fetch_queue(flight);
		return;
	}
	op = sts_op_peek(flight->engine, flight->dom->name, on_brought, flight);
	if (op != NULL)
		flight->op = op;
}

static void
on_poll(void *arg)
{
	struct sts_flight *flight = arg;
	struct sts_engine *engine = flight->engine;

	sts_engine_enter(engine);
	flight->poll = NULL;
	sts_lease_look(flight);
	sts_engine_leave(engine);
}

/* Another host is at it; false: it has had its time. */
static bool
wait_more(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;
	const struct sts_clock *clock = &engine->deps.clock;
	int64_t mono = sts_engine_mono(engine);

	if (!flight->waited)
		engine->stats.lease_waited++;
	flight->waited = true;
	if (mono < flight->lease_until)
		flight->poll = clock->ops->timer(
		    clock->ctx, mono + STS_LEASE_POLL_MS, on_poll, flight);
	if (flight->poll == NULL)
		engine->stats.lease_overdue++;
	return flight->poll != NULL;
}

static void
on_lease(void *arg, enum sts_lease_status status)
{
	struct sts_flight *flight = arg;

	flight->op = NULL;
	/* None may be one that was granted too late. */
	flight->leased = status != STS_LEASE_HELD;
	if (status != STS_LEASE_HELD || !wait_more(flight))
		go_on(flight);
}

void
sts_lease_look(struct sts_flight *flight)
{
	const struct sts_clock *clock = &flight->engine->deps.clock;
	struct sts_op *op;

	if (flight->op != NULL || flight->leased)
		return;
	clock->ops->cancel(clock->ctx, flight->poll);
	flight->poll = NULL;
	op = sts_op_lease(flight->engine, flight->dom->name, on_lease, flight);
	if (op != NULL)
		flight->op = op;
}

int64_t
sts_lease_wait_ms(const struct sts_engine *engine)
{
	int64_t share = engine->config.lookup_timeout_ms / 10;

	return share < STS_LEASE_WAIT_MS ? share : STS_LEASE_WAIT_MS;
}

void
sts_lease_begin(struct sts_flight *flight)
{
	struct sts_engine *engine = flight->engine;

	sts_flight_waits(flight, STS_STAGE_LEASE);
	flight->lease_until =
	    sts_engine_mono(engine) + sts_lease_wait_ms(engine);
	sts_lease_look(flight);
}

void
sts_lease_end(struct sts_flight *flight)
{
	const struct sts_engine *engine = flight->engine;
	const struct sts_clock *clock = &engine->deps.clock;
	const struct sts_shared *shared = &engine->deps.shared;

	clock->ops->cancel(clock->ctx, flight->poll);
	flight->poll = NULL;
	/* The answer to the last look may be on its way. */
	if (flight->leased || flight->stage == STS_STAGE_LEASE)
		shared->ops->release(shared->ctx, sts_str(flight->dom->name));
	flight->leased = false;
}
