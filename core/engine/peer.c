/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <string.h>

#include "bounds.h"
#include "domain.h"
#include "entry.h"
#include "lease.h"
#include "op.h"
#include "peer.h"
#include "refused.h"
#include "save.h"

/* Signed and yet not readable: by a host of another version, or a forger. */
static void
tell_unreadable(const struct sts_dom *dom, enum sts_err err)
{
	sts_log(dom->engine->deps.log, STS_LOG_WARNING, "peer-unreadable",
	    "domain=%s error=%s", dom->name, sts_err_name(err));
}

/* Their copy as one of ours: what is of a host alone is not theirs to say. */
static struct sts_held *
read_copy(const struct sts_dom *dom, const struct sts_store_item *item)
{
	const struct sts_engine *engine = dom->engine;
	int64_t wall = sts_engine_wall(engine);
	int64_t checked = item->checked < wall ? item->checked : wall;
	int64_t latest = checked + engine->config.txt_max;
	struct sts_held *copy;
	enum sts_err err = sts_entry_decode(dom->name, item->value, &copy);

	if (err == STS_OK && copy->fetched != item->fetched) {
		sts_held_unref(copy);
		err = STS_ESYNTAX;
	}
	if (err != STS_OK) {
		tell_unreadable(dom, err);
		return NULL;
	}
	copy->lost = copy->refused = false;
	copy->used = dom->last_used;
	copy->checked = checked;
	copy->refresh =
	    copy->fetched + sts_refresh_after(engine, copy->policy->max_age);
	if (copy->txt_next > latest)
		copy->txt_next = latest;
	sts_held_aged(copy, wall, sts_engine_mono(engine));
	sts_held_settle(copy);
	return copy;
}

static bool
is_same(const struct sts_held *a, const struct sts_held *b)
{
	struct sts_str x = a->policy->text;
	struct sts_str y = b->policy->text;

	return strcmp(a->id, b->id) == 0 && x.n == y.n &&
	       memcmp(x.p, y.p, x.n) == 0;
}

static enum sts_peer_word
take(struct sts_flight *flight, struct sts_held *copy)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	int64_t wall = sts_engine_wall(engine);

	if (wall >= copy->expires || sts_held_ahead(copy, wall) ||
	    (dom->held != NULL && dom->held->fetched > copy->fetched))
		return STS_PEER_NOTHING;
	engine->stats.shared_taken++;
	sts_log(engine->deps.log, STS_LOG_INFO, "policy-taken",
	    "domain=%s id=%s mode=%s fetched=%" PRId64, dom->name, copy->id,
	    sts_mode_name(copy->policy->mode), copy->fetched);
	copy->refused = sts_refused_still(dom, copy);
	sts_held_settle(copy);
	sts_dom_hold_policy(dom, sts_held_ref(copy));
	sts_dom_loaded(dom);
	sts_fetch_forgive(dom);
	sts_save(engine, dom);
	if (engine->config.shared_verify) {
		flight->why |= STS_WHY_REFRESH;
		flight->alone = true;
	}
	return STS_PEER_TAKEN;
}

/* TXT has told us of another policy, which could not be had yet. */
static bool
is_waiting(const struct sts_dom *dom)
{
	return dom->fail_id[0] != '\0' &&
	       strcmp(dom->fail_id, dom->held->id) != 0;
}

static enum sts_peer_word
extend(
    struct sts_engine *engine, struct sts_dom *dom, const struct sts_held *copy)
{
	struct sts_held *held = dom->held;
	bool later = copy->fetched > held->fetched &&
		     !sts_held_ahead(copy, sts_engine_wall(engine));

	bool waits = is_waiting(dom);
	bool checked = !waits && copy->txt_next > held->txt_next;

	if (!later && !checked)
		return STS_PEER_NOTHING;
	if (checked) {
		held->txt_next = copy->txt_next;
		held->checked = copy->checked;
	}
	if (later) {
		held->fetched = copy->fetched;
		held->expires = copy->expires;
		held->refresh = copy->refresh;
		held->since = copy->since;
		engine->stats.shared_extended++;
		sts_log(engine->deps.log, STS_LOG_DEBUG, "policy-extended",
		    "domain=%s id=%s fetched=%" PRId64, dom->name, held->id,
		    held->fetched);
		if (!waits)
			sts_fetch_forgive(dom);
		sts_save(engine, dom);
	}
	sts_held_settle(held);
	return STS_PEER_EXTENDED;
}

/* The moment from which a fetch may be set off, mono. */
static int64_t
free_from(const struct sts_dom *dom)
{
	int64_t at = dom->peer_at;

	if (dom->floor > at)
		at = dom->floor;
	return dom->retry_at > at ? dom->retry_at : at;
}

static enum sts_peer_word
differ(struct sts_flight *flight, const struct sts_held *copy)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	struct sts_held *held = dom->held;
	int64_t wait = free_from(dom) - sts_engine_mono(engine);
	int64_t at = sts_engine_wall(engine) + (wait + 999) / 1000;

	/* In the same second it may be the newer one. */
	if (copy->fetched < held->fetched)
		return STS_PEER_NOTHING;
	if (wait > 0) {
		if (held->txt_next > at)
			held->txt_next = at;
		sts_held_settle(held);
		return STS_PEER_NOTHING;
	}
	dom->peer_at = sts_engine_mono(engine) + STS_PEER_MS;
	engine->stats.shared_differs++;
	sts_log(engine->deps.log, STS_LOG_INFO, "peer-differs",
	    "domain=%s id=%s mode=%s peer_id=%s peer_mode=%s", dom->name,
	    held->id, sts_mode_name(held->policy->mode), copy->id,
	    sts_mode_name(copy->policy->mode));
	flight->why |= STS_WHY_REFRESH;
	flight->alone = true;
	return STS_PEER_DIFFERS;
}

enum sts_peer_word
sts_peer_take(struct sts_flight *flight, const struct sts_store_item *item)
{
	struct sts_engine *engine = flight->engine;
	struct sts_dom *dom = flight->dom;
	struct sts_held *copy = read_copy(dom, item);
	enum sts_peer_word word;

	if (copy == NULL)
		return STS_PEER_NOTHING;
	if (!sts_dom_live(dom, sts_engine_wall(engine)))
		word = take(flight, copy);
	else if (is_same(dom->held, copy))
		word = extend(engine, dom, copy);
	else
		word = differ(flight, copy);
	sts_held_unref(copy);
	return word;
}

static void
on_peek(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_flight *flight = arg;

	flight->op = NULL;
	flight->peeked = true;
	if (status == STS_STORE_FOUND)
		(void)sts_peer_take(flight, item);
	sts_flight_loaded(flight);
}

bool
sts_peer_ask(struct sts_flight *flight, bool stop)
{
	struct sts_engine *engine = flight->engine;
	struct sts_op *op;

	if (engine->deps.shared.ops == NULL || flight->peeked ||
	    (stop && (flight->why & STS_WHY_PEER) == 0))
		return false;
	sts_flight_waits(flight, STS_STAGE_PEEK);
	op = sts_op_peek(engine, flight->dom->name, on_peek, flight);
	if (op != NULL)
		flight->op = op;
	return true;
}

void
sts_peer_tell(const struct sts_dom *dom)
{
	struct sts_engine *engine = dom->engine;

	/* A refusal is this host's own affair. */
	if (engine->deps.shared.ops != NULL && !dom->held->refused)
		sts_op_tell(engine, dom->name, dom->held);
}

/* Whoever can reach Redis can announce; that is not to cost us much. */
static bool
is_flood(struct sts_engine *engine)
{
	int64_t second = sts_engine_mono(engine) / 1000;

	if (second != engine->heard_since)
		engine->heard = 0;
	engine->heard_since = second;
	return engine->heard++ >= STS_PEER_RATE;
}

static void
on_changed(void *arg, struct sts_str key)
{
	struct sts_engine *engine = arg;
	char domain[STS_DOMAIN_SIZE];
	struct sts_dom *dom;

	if (engine->closing || sts_domain_parse(key, domain) != STS_OK ||
	    !sts_str_eq(key, domain) || is_flood(engine) ||
	    sts_dom_get(engine, domain, &dom) != STS_OK)
		return;
	sts_engine_enter(engine);
	if (dom->flight == NULL)
		(void)sts_flight_start(engine, dom, STS_WHY_PEER);
	else if (dom->flight->stage == STS_STAGE_LOAD)
		dom->flight->why |= STS_WHY_PEER;
	else if (dom->flight->stage == STS_STAGE_LEASE)
		sts_lease_look(dom->flight);
	else
		dom->flight->again |= STS_WHY_PEER;
	sts_engine_leave(engine);
}

void
sts_peer_listen(struct sts_engine *engine, bool on)
{
	const struct sts_shared *shared = &engine->deps.shared;

	if (shared->ops != NULL)
		shared->ops->watch(shared->ctx, on ? on_changed : NULL, engine);
}
