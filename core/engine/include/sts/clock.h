/* SPDX-License-Identifier: ISC */
#ifndef STS_CLOCK_H
#define STS_CLOCK_H

#include <stdint.h>

struct sts_timer; /* owned by the clock that made it */

struct sts_clock_ops {
	/* Seconds since 1970 UTC; may jump. For lifetimes of policies. */
	int64_t (*wall)(void *ctx);
	/* Milliseconds; never goes back. For deadlines and waits. */
	int64_t (*mono)(void *ctx);
	/*
	 * Call fn(arg) once, from the loop, never inside this call, when mono
	 * reaches at (at once if it has). The timer is gone when fn runs.
	 * NULL: out of memory; the first one made inside fn is always had.
	 */
	struct sts_timer *(*timer)(
	    void *ctx, int64_t at, void (*fn)(void *arg), void *arg);
	/* Forget a timer that has not fired; NULL is fine. */
	void (*cancel)(void *ctx, struct sts_timer *timer);
};

/* Injected: the real one plugs into the event loop, tests turn the hands. */
struct sts_clock {
	const struct sts_clock_ops *ops;
	void *ctx;
};

#endif
