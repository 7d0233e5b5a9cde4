/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "domain.h"

struct sts_answer
sts_answer_none(const char *state, const char *reason, const char *detail)
{
	return (struct sts_answer){.kind = STS_ANSWER_NONE,
	    .state = state,
	    .reason = reason,
	    .detail = detail};
}

struct sts_answer
sts_answer_temp(const char *state, const char *reason, const char *detail)
{
	return (struct sts_answer){.kind = STS_ANSWER_TEMP,
	    .state = state,
	    .reason = reason,
	    .detail = detail};
}

struct sts_answer
sts_answer_policy(const struct sts_held *held, const char *state)
{
	return (struct sts_answer){.kind = STS_ANSWER_POLICY,
	    .state = state,
	    .reason = "",
	    .detail = "",
	    .policy = held->policy,
	    .id = held->id,
	    .fetched = held->fetched,
	    .expires = held->expires};
}

const char *
sts_answer_state(const struct sts_held *held, int64_t wall)
{
	if (wall >= held->refresh)
		return "refresh-due";
	return wall >= held->txt_next ? "check-due" : "fresh";
}

struct sts_answer
sts_answer_held(const struct sts_engine *engine, const struct sts_held *held)
{
	int64_t wall = sts_engine_wall(engine);
	struct sts_life life =
	    sts_held_life(held, wall, sts_engine_mono(engine));
	struct sts_answer answer =
	    sts_answer_policy(held, sts_answer_state(held, wall));

	answer.fetched = life.from;
	answer.expires = life.ends;
	return answer;
}

static struct sts_answer
answer_hold(const struct sts_engine *engine, const struct sts_dom *dom)
{
	const char *unknown = dom->held != NULL ? "expired" : "unknown";
	const char *detail =
	    dom->hold_reason == dom->last_failure ? sts_dom_detail(dom) : "";

	switch (dom->hold) {
	case STS_HOLD_NEGATIVE:
		return sts_answer_none("negative", dom->hold_reason, detail);
	case STS_HOLD_FAILING:
		return sts_answer_none("failing", dom->hold_reason, detail);
	case STS_HOLD_DNS:
		if (!engine->config.on_dns_error_defer)
			return sts_answer_none(
			    "dns-failed", dom->hold_reason, detail);
		return sts_answer_temp("dns-failed", dom->hold_reason, detail);
	case STS_HOLD_BOGUS:
		return sts_answer_temp("dns-failed", dom->hold_reason, detail);
	case STS_HOLD_LOCAL:
		return sts_answer_temp(unknown, dom->hold_reason, detail);
	case STS_HOLD_NOT:
		break;
	}
	return sts_answer_temp(unknown, "timeout", "");
}

struct sts_answer
sts_answer_now(const struct sts_engine *engine, const struct sts_dom *dom)
{
	int64_t wall = sts_engine_wall(engine);

	if (sts_dom_live(dom, wall))
		return sts_answer_held(engine, dom->held);
	/* A policy may be where we could not look: say none of nothing. */
	if (!dom->loaded)
		return sts_answer_temp("unknown", "store-failed",
		    dom->hold == STS_HOLD_NOT ? "" : dom->hold_reason);
	return answer_hold(engine, dom);
}

struct sts_answer
sts_answer_overdue(const struct sts_dom *dom)
{
	const char *reason = sts_http_status_name(STS_HTTP_FETCH);

	if (!dom->loaded)
		return sts_answer_temp("unknown", "store-failed", reason);
	return sts_answer_none("failing", reason, "timeout");
}

void
sts_answer_count(struct sts_engine *engine, enum sts_answer_kind kind)
{
	if (kind == STS_ANSWER_NONE)
		engine->stats.none++;
	else if (kind == STS_ANSWER_POLICY)
		engine->stats.policy++;
	else
		engine->stats.temporary++;
}

void
sts_answer_give(
    struct sts_ask *ask, const struct sts_answer *answer, struct sts_held *held)
{
	struct sts_engine *engine = ask->engine;

	engine->deps.clock.ops->cancel(engine->deps.clock.ctx, ask->timer);
	ask->timer = NULL;
	ask->answer = *answer;
	ask->held = sts_held_ref(held);
	(void)snprintf(ask->detail, sizeof(ask->detail), "%s", answer->detail);
	ask->answer.detail = ask->detail;
	TAILQ_REMOVE(ask->list, ask, link);
	ask->list = &engine->ready;
	TAILQ_INSERT_TAIL(ask->list, ask, link);
}

void
sts_answer_all(struct sts_engine *engine, struct sts_dom *dom,
    const struct sts_answer *answer, struct sts_held *held, bool to_end_too)
{
	struct sts_ask *ask;
	struct sts_ask *next;

	for (ask = TAILQ_FIRST(&dom->asks); ask != NULL; ask = next) {
		next = TAILQ_NEXT(ask, link);
		if (to_end_too || !ask->to_end)
			sts_answer_give(ask, answer, held);
	}
	sts_dom_settle(engine, dom);
}

void
sts_answer_call(struct sts_ask *ask)
{
	TAILQ_REMOVE(ask->list, ask, link);
	sts_answer_count(ask->engine, ask->answer.kind);
	ask->cb(ask->arg, &ask->answer);
	sts_held_unref(ask->held);
	free(ask);
}
