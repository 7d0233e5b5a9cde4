/* SPDX-License-Identifier: ISC */
/* The clock on the loop, and no memory for its timers. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sts/loop.h"

#define TIMES 50

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool poor;
static struct event_base *base;
static struct sts_clock timers;
static struct sts_timer *made;
static int called;

void *
__wrap_malloc(size_t n)
{
	return poor ? NULL : __real_malloc(n);
}

static struct sts_timer *
in(int64_t ms, void (*fn)(void *arg))
{
	return timers.ops->timer(
	    timers.ctx, timers.ops->mono(timers.ctx) + ms, fn, NULL);
}

static void
again(void *arg)
{
	(void)arg;
	if (++called < TIMES)
		assert_non_null(in(0, again));
}

/* What comes again and again goes on. */
static void
test_again(void **state)
{
	(void)state;
	assert_non_null(in(0, again));
	poor = true;
	assert_int_equal(event_base_dispatch(base), 1);
	assert_int_equal(called, TIMES);
	assert_null(in(0, again));
}

static void
two(void *arg)
{
	(void)arg;
	made = in(100000, again);
	assert_non_null(made);
	assert_null(in(0, again));
}

/* One for one, and it can be taken back. */
static void
test_one(void **state)
{
	(void)state;
	assert_non_null(in(0, two));
	poor = true;
	event_base_loop(base, EVLOOP_ONCE);
	assert_null(in(0, again));
	timers.ops->cancel(timers.ctx, made);
	assert_int_equal(event_base_dispatch(base), 1);
	assert_int_equal(called, 0);
}

static int
begin(void **state)
{
	(void)state;
	poor = false;
	called = 0;
	base = event_base_new();
	timers = sts_loop_clock(base);
	return base == NULL;
}

static int
end(void **state)
{
	(void)state;
	poor = false;
	event_base_free(base);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_again, begin, end),
	    cmocka_unit_test_setup_teardown(test_one, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
