/* SPDX-License-Identifier: ISC */
/* What is counted of reports. */
#include <string.h>

#include "world.h"

static struct world w;

static int
begin(void **state)
{
	(void)state;
	world_init(&w);
	w.config.jitter = 0;
	sts_reporter_configure(w.reporter, &w.config);
	w.record = "v=TLSRPTv1; rua=mailto:tls@%s";
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_fini(&w);
	return 0;
}

static void
assert_stats(
    uint64_t sent, uint64_t failed, uint64_t given_up, uint64_t pending)
{
	struct sts_reporter_stats got;

	sts_reporter_stats(w.reporter, &got);
	assert_int_equal(got.sent, sent);
	assert_int_equal(got.failed, failed);
	assert_int_equal(got.given_up, given_up);
	assert_int_equal(got.pending, pending);
	assert_int_equal(got.under_way, 0);
}

static void
a_day(void **state)
{
	(void)state;
	world_count(&w, "a.example", 1);
	world_count(&w, "b.example", 1);
	world_count(&w, "c.example", 1);
	w.answers[0] = (struct answer){"b.example", STS_SENT_RETRY, "down"};
	w.answers[1] = (struct answer){"c.example", STS_SENT_REFUSED, "no"};
	assert_stats(0, 0, 0, 0);
	world_until(&w, MIDNIGHT + 300);
	assert_stats(0, 0, 0, 3);
	world_until(&w, MIDNIGHT + 2100);
	assert_stats(1, 1, 1, 1);
	/* What is pending is in the store, all else is of this process. */
	world_stop(&w);
	world_start(&w);
	world_pass(&w, 60);
	assert_stats(0, 0, 0, 1);
	world_pass(&w, HOUR);
	assert_stats(0, 2, 0, 1);
	world_pass(&w, 26 * HOUR);
	assert_stats(0, w.sends - 3, 1, 0);
}

static void
nobody_asks(void **state)
{
	(void)state;
	world_count(&w, "a.example", 1);
	w.record = NULL;
	world_until(&w, MIDNIGHT + 300);
	assert_stats(0, 0, 0, 1);
	world_until(&w, MIDNIGHT + HOUR);
	assert_stats(0, 0, 0, 0);
}

static void
told(void *arg, enum sts_err err)
{
	*(enum sts_err *)arg = err;
}

/* By hand, before there is a row. */
static void
by_hand(void **state)
{
	enum sts_err err = STS_EINVAL;

	(void)state;
	world_count(&w, "a.example", 1);
	turn(&w.f, (MIDNIGHT - w.f.wall) * 1000);
	sts_reporter_send(w.reporter, DAY, "a.example", told, &err);
	assert_int_equal(err, STS_OK);
	assert_stats(1, 0, 0, 0);
	world_until(&w, MIDNIGHT + HOUR);
	assert_stats(1, 0, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_day, begin, end),
	    cmocka_unit_test_setup_teardown(nobody_asks, begin, end),
	    cmocka_unit_test_setup_teardown(by_hand, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
