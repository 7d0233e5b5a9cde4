/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "loop.h"

#define GIVE_UP 60000 /* milliseconds */

struct sts_timer {
	LIST_ENTRY(sts_timer) entry;
	struct loop *loop;
	int64_t at;
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

static int64_t
read_clock(clockid_t id, int64_t per_second)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return now.tv_sec * per_second +
	       now.tv_nsec / (1000000000 / per_second);
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME, 1);
}

static int64_t
mono(void *ctx)
{
	const struct loop *loop = ctx;
	int64_t now = read_clock(CLOCK_MONOTONIC, 1000);

	return loop->slow_since + (now - loop->slow_since) / loop->slow +
	       loop->skipped;
}

static void
drop(struct sts_timer *timer)
{
	LIST_REMOVE(timer, entry);
	event_free(timer->event);
	free(timer);
}

static void
fired(evutil_socket_t fd, short what, void *arg)
{
	struct sts_timer *timer = arg;
	void (*fn)(void *arg) = timer->fn;
	void *fn_arg = timer->arg;

	(void)fd, (void)what;
	drop(timer);
	fn(fn_arg);
}

static void
start(struct sts_timer *timer)
{
	int64_t wait = timer->at - mono(timer->loop);
	struct timeval tv;

	wait = wait > 0 ? wait : 0;
	wait *= timer->loop->slow;
	tv.tv_sec = wait / 1000;
	tv.tv_usec = wait % 1000 * 1000;
	assert_int_equal(evtimer_add(timer->event, &tv), 0);
}

static struct sts_timer *
set_timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct loop *loop = ctx;
	struct sts_timer *timer = calloc(1, sizeof(*timer));

	assert_non_null(timer);
	timer->loop = loop;
	timer->at = at;
	timer->fn = fn;
	timer->arg = arg;
	timer->event = evtimer_new(loop->base, fired, timer);
	assert_non_null(timer->event);
	LIST_INSERT_HEAD(&loop->timers, timer, entry);
	start(timer);
	return timer;
}

void
loop_skip(struct loop *loop, int64_t milliseconds)
{
	struct sts_timer *timer;

	loop->skipped += milliseconds;
	timer = LIST_FIRST(&loop->timers);
	for (; timer != NULL; timer = LIST_NEXT(timer, entry))
		start(timer);
}

void
loop_slow(struct loop *loop, int64_t times)
{
	loop->slow_since = read_clock(CLOCK_MONOTONIC, 1000);
	loop->slow = times;
	loop_skip(loop, 0);
}

static void
cancel_timer(void *ctx, struct sts_timer *timer)
{
	(void)ctx;
	if (timer != NULL)
		drop(timer);
}

static void
write_log(void *ctx, enum sts_level level, const char *line)
{
	struct loop *loop = ctx;
	size_t i, n = strcspn(line, " ");

	(void)level;
	for (i = 0; i < loop->n_expected; i++) {
		const char *event = loop->expected[i].event;

		if (strlen(event) == n && strncmp(event, line, n) == 0) {
			loop->expected[i].seen++;
			return;
		}
	}
	print_error("unexpected log line: %s\n", line);
	loop->unexpected++;
}

void
loop_init(struct loop *loop)
{
	static const struct sts_clock_ops ops = {
	    wall, mono, set_timer, cancel_timer};

	memset(loop, 0, sizeof(*loop));
	loop->slow = 1;
	loop->base = event_base_new();
	assert_non_null(loop->base);
	loop->clock = (struct sts_clock){&ops, loop};
	loop->log = (struct sts_log){write_log, loop, STS_LOG_INFO};
}

void
loop_fini(struct loop *loop)
{
	size_t i;

	assert_true(LIST_EMPTY(&loop->timers));
	event_base_free(loop->base);
	for (i = 0; i < loop->n_expected; i++)
		if (loop->expected[i].seen == 0)
			fail_msg("not logged: %s", loop->expected[i].event);
	assert_int_equal(loop->unexpected, 0);
}

void
loop_expect(struct loop *loop, const char *event)
{
	assert_true(loop->n_expected < LOOP_EVENTS);
	loop->expected[loop->n_expected++].event = event;
}

static void
give_up(void *arg)
{
	*(int *)arg = 1;
}

void
loop_until(struct loop *loop, const int *flag)
{
	int too_late = 0;
	struct sts_timer *timer = set_timer(
	    loop, loop_in(loop, GIVE_UP / loop->slow), give_up, &too_late);

	while (!*flag && !too_late)
		(void)event_base_loop(loop->base, EVLOOP_ONCE);
	if (too_late)
		fail_msg("gave up waiting");
	drop(timer);
}

int64_t
loop_in(const struct loop *loop, int64_t milliseconds)
{
	return loop->clock.ops->mono(loop->clock.ctx) + milliseconds;
}
