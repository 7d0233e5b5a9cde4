/* SPDX-License-Identifier: ISC */
/* When a day's reports leave, and to whom they are due then (RPT-6). */
#include <stdio.h>
#include <string.h>

#include "world.h"

static struct world w;

static int
begin(void **state)
{
	(void)state;
	world_init(&w);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_fini(&w);
	return 0;
}

/* Not before the delay, not after the jitter; then all is done. */
static void
rpt_6_sent_in_its_window(void **state)
{
	(void)state;
	world_count(&w, "a.example", 3);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_OPEN);
	world_until(&w, MIDNIGHT + 1799);
	assert_int_equal(w.sends, 0);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_DUE);
	assert_int_equal(world_left(&w, "a.example"), 3);
	world_until(&w, MIDNIGHT + 1800 + 14400 + 60);
	assert_int_equal(w.sends, 1);
	assert_string_equal(w.sent[0].to, "tls@a.example");
	assert_string_equal(w.sent[0].id, "2023-11-14.a.example@us.example");
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_left(&w, "a.example"), 0);
	assert_int_equal(world_told(&w, "report-sent domain=a.example "), 1);
	world_pass(&w, 24 * HOUR);
	assert_int_equal(w.sends, 1);
}

/* Each domain by itself, all over the hours there are. */
static void
rpt_6_jitter(void **state)
{
	char domain[32];
	unsigned quarter[4] = {0};

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		world_count(&w, domain, 1);
	}
	world_until(&w, MIDNIGHT + 120);
	for (unsigned i = 0; i < 200; i++) {
		int64_t next;

		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		next = world_view(&w, domain).next;
		assert_in_range(next, MIDNIGHT + 1800, MIDNIGHT + 1800 + 14400);
		quarter[(next - MIDNIGHT - 1800) / 3601]++;
	}
	for (unsigned i = 0; i < 4; i++)
		assert_in_range(quarter[i], 25, 75);
}

static void
rpt_6_record_read_when_sent(void **state)
{
	(void)state;
	world_count(&w, "a.example", 1);
	world_until(&w, MIDNIGHT + 1799);
	assert_int_equal(w.queries, 0);
	w.record = "v=TLSRPTv1; rua=mailto:new@%s";
	world_pass(&w, 5 * HOUR);
	assert_int_equal(w.queries, 1);
	assert_string_equal(w.sent[0].to, "new@a.example");
}

/* Nobody asks for it: nothing is kept. */
static void
no_record(void **state)
{
	(void)state;
	world_count(&w, "a.example", 1);
	w.record = NULL;
	world_until(&w, MIDNIGHT + 5 * HOUR);
	assert_int_equal(w.sends, 0);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_NONE);
	assert_int_equal(world_left(&w, "a.example"), 0);
	assert_int_equal(world_told(&w, "report-none "), 1);
}

/* That could not be looked up is not that there is none. */
static void
dns_fails(void **state)
{
	(void)state;
	world_count(&w, "a.example", 1);
	w.dns = STS_DNS_SERVFAIL;
	world_until(&w, MIDNIGHT + 5 * HOUR);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_DUE);
	assert_int_equal(world_left(&w, "a.example"), 1);
	assert_true(world_told(&w, "report-failed ") > 0);
	w.dns = STS_DNS_FOUND;
	world_pass(&w, 2 * HOUR + 60);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
}

static void
told(void *arg, enum sts_err err)
{
	*(int *)arg = (int)err;
}

static void
by_hand(void **state)
{
	int err = -1;

	(void)state;
	world_count(&w, "a.example", 1);
	sts_reporter_send(w.reporter, DAY, "a.example", told, &err);
	assert_int_equal(err, STS_EINVAL); /* the day goes on */
	world_until(&w, MIDNIGHT + 60);
	sts_reporter_send(w.reporter, DAY, "b.example", told, &err);
	assert_int_equal(err, STS_ENOENT);
	sts_reporter_send(w.reporter, DAY, "a.example", told, &err);
	assert_int_equal(err, STS_OK);
	assert_int_equal(w.sends, 1);
	sts_reporter_send(w.reporter, DAY, "a.example", told, &err);
	assert_int_equal(err, STS_OK);
	world_pass(&w, 24 * HOUR);
	assert_int_equal(w.sends, 1);
}

/* The host was down for two nights. */
static void
late(void **state)
{
	(void)state;
	world_count(&w, "a.example", 2);
	world_stop(&w);
	world_until(&w, MIDNIGHT + 30 * HOUR);
	world_start(&w);
	world_pass(&w, 180);
	assert_int_equal(w.sends, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		rpt_6_sent_in_its_window, begin, end),
	    cmocka_unit_test_setup_teardown(rpt_6_jitter, begin, end),
	    cmocka_unit_test_setup_teardown(
		rpt_6_record_read_when_sent, begin, end),
	    cmocka_unit_test_setup_teardown(no_record, begin, end),
	    cmocka_unit_test_setup_teardown(dns_fails, begin, end),
	    cmocka_unit_test_setup_teardown(by_hand, begin, end),
	    cmocka_unit_test_setup_teardown(late, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
