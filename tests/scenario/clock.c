/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "player.h"
#include "world.h"

struct sts_timer {
	TAILQ_ENTRY(sts_timer) link;
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
};

static TAILQ_HEAD(, sts_timer) timers = TAILQ_HEAD_INITIALIZER(timers);
static int64_t mono = 1000000;
static int64_t wall_base = 1700000000; /* what mono 0 is, in seconds */

int64_t
now_ms(void)
{
	return mono;
}

int64_t
now_wall(void)
{
	return wall_base + mono / 1000;
}

void
clock_jump(int64_t seconds)
{
	wall_base += seconds;
}

static int64_t
get_wall(void *ctx)
{
	(void)ctx;
	return now_wall();
}

static int64_t
get_mono(void *ctx)
{
	(void)ctx;
	return mono;
}

static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct sts_timer *new = need(calloc(1, sizeof(*new)));
	struct sts_timer *after;

	(void)ctx;
	*new = (struct sts_timer){.at = at, .fn = fn, .arg = arg};
	TAILQ_FOREACH (after, &timers, link)
		if (after->at > at)
			break;
	if (after != NULL)
		TAILQ_INSERT_BEFORE(after, new, link);
	else
		TAILQ_INSERT_TAIL(&timers, new, link);
	return new;
}

static void
cancel(void *ctx, struct sts_timer *old)
{
	(void)ctx;
	if (old == NULL)
		return;
	TAILQ_REMOVE(&timers, old, link);
	free(old);
}

void
clock_advance(int64_t ms)
{
	int64_t until = mono + ms;
	struct sts_timer *first;

	while ((first = TAILQ_FIRST(&timers)) != NULL && first->at <= until) {
		struct sts_timer fired = *first;

		TAILQ_REMOVE(&timers, first, link);
		free(first);
		if (fired.at > mono)
			mono = fired.at;
		fired.fn(fired.arg);
	}
	mono = until;
}

struct sts_clock
world_clock(void)
{
	static const struct sts_clock_ops ops = {
	    get_wall, get_mono, timer, cancel};

	return (struct sts_clock){&ops, NULL};
}
