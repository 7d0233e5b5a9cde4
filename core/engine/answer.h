/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_ANSWER_H
#define STS_ENGINE_ANSWER_H

#include "state.h"

struct sts_ask {
	TAILQ_ENTRY(sts_ask) link;
	struct sts_asks *list; /* dom->asks or engine->ready */
	struct sts_engine *engine;
	struct sts_dom *dom; /* valid while in dom->asks */
	sts_answer_cb *cb;
	void *arg;
	struct sts_timer *timer;
	bool to_end; /* waits for the flight's end, whatever holds */
	/* Once decided, in engine->ready: */
	struct sts_answer answer;
	struct sts_held *held; /* what answer points into */
	char detail[STS_HTTP_DETAIL];
};

/* One of the three kinds. All words are static but detail. */
struct sts_answer
sts_answer_none(const char *state, const char *reason, const char *detail);
struct sts_answer
sts_answer_temp(const char *state, const char *reason, const char *detail);
struct sts_answer
sts_answer_policy(const struct sts_held *held, const char *state);
/* With the state and the life that it has by the clock as it is now. */
struct sts_answer
sts_answer_held(const struct sts_engine *engine, const struct sts_held *held);

/* "fresh", "check-due", "refresh-due". */
const char *sts_answer_state(const struct sts_held *held, int64_t wall);
/* What the domain's state says, nobody asked; temporary if it says nothing. */
struct sts_answer
sts_answer_now(const struct sts_engine *engine, const struct sts_dom *dom);

/* The fetch took longer than an asker waits, and goes on. */
struct sts_answer sts_answer_overdue(const struct sts_dom *dom);

/* Take the ask out of its domain's queue, to be called back on leaving. */
void sts_answer_give(struct sts_ask *ask, const struct sts_answer *answer,
    struct sts_held *held);
/* All who wait for the domain; held is what the answer points into. */
void sts_answer_all(struct sts_engine *engine, struct sts_dom *dom,
    const struct sts_answer *answer, struct sts_held *held, bool to_end_too);
/* Call back and free. */
void sts_answer_call(struct sts_ask *ask);
void sts_answer_count(struct sts_engine *engine, enum sts_answer_kind kind);

#endif
