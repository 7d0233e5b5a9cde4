/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <time.h>

#include "sts/loop.h"

struct sts_timer {
	struct event event;
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
};

/* Of what is being called: the next one is made of it, without memory. So what
 * comes again and again cannot end for want of a timer. */
static struct sts_timer *spare;

static int64_t
loop_wall(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

static int64_t
loop_mono(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
arm(struct sts_timer *timer)
{
	int64_t left = timer->at - loop_mono(NULL);
	struct timeval wait = {0, 0};

	if (left > 0) {
		wait.tv_sec = left / 1000;
		wait.tv_usec = left % 1000 * 1000;
	}
	return evtimer_add(&timer->event, &wait);
}

/* libevent's own clock is a coarse one: it may come a few ms early. */
static void
fired(evutil_socket_t fd, short what, void *arg)
{
	struct sts_timer *timer = arg;
	void (*fn)(void *) = timer->fn;
	void *fn_arg = timer->arg;
	struct sts_timer *outer = spare;

	(void)fd;
	(void)what;
	if (loop_mono(NULL) < timer->at && arm(timer) == 0)
		return;
	spare = timer;
	fn(fn_arg);
	free(spare);
	spare = outer;
}

static struct sts_timer *
loop_timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct sts_timer *timer =
	    spare != NULL ? spare : malloc(sizeof(*timer));

	spare = NULL;
	if (timer == NULL)
		return NULL;
	timer->at = at;
	timer->fn = fn;
	timer->arg = arg;
	if (evtimer_assign(&timer->event, ctx, fired, timer) != 0 ||
	    arm(timer) != 0) {
		free(timer);
		return NULL;
	}
	return timer;
}

static void
loop_cancel(void *ctx, struct sts_timer *timer)
{
	(void)ctx;
	if (timer == NULL)
		return;
	event_del(&timer->event);
	free(timer);
}

static const struct sts_clock_ops loop_ops = {
    loop_wall, loop_mono, loop_timer, loop_cancel};

struct sts_clock
sts_loop_clock(struct event_base *base)
{
	return (struct sts_clock){&loop_ops, base};
}
