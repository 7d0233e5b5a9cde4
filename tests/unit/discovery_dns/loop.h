/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

#include <event2/event.h>
#include <sys/queue.h>

#include "sts/clock.h"
#include "sts/log.h"

#define LOOP_EVENTS 8

LIST_HEAD(loop_timers, sts_timer);

/* A loop with a real clock and a log that knows what to expect. */
struct loop {
	struct event_base *base;
	struct sts_clock clock;
	struct sts_log log;
	struct loop_timers timers; /* neither fired nor cancelled */
	int64_t skipped;
	int64_t slow, slow_since; /* so many times as long, since when */
	struct {
		const char *event;
		unsigned seen;
	} expected[LOOP_EVENTS];
	size_t n_expected;
	unsigned unexpected;
};

void loop_init(struct loop *loop);
/* Fails the test on a log line that was not expected, or did not come. */
void loop_fini(struct loop *loop);
void loop_expect(struct loop *loop, const char *event);
/* Run until *flag; the test fails after a minute without. */
void loop_until(struct loop *loop, const int *flag);
/* Put the clock forward; what is due fires in the next turn of the loop. */
void loop_skip(struct loop *loop, int64_t milliseconds);
/* Once: the clock takes so many times as long from now on. */
void loop_slow(struct loop *loop, int64_t times);
int64_t loop_in(const struct loop *loop, int64_t milliseconds);

#endif
