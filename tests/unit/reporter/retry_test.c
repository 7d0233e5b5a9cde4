/* SPDX-License-Identifier: ISC */
/* Receivers that are down: again, and at some time no more (RPT-7). */
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
	world_count(&w, "a.example", 3);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_fini(&w);
	return 0;
}

/* Ten minutes, then twice that, up to two hours; and always the same id. */
static void
rpt_7_back_off(void **state)
{
	const int64_t pauses[] = {600, 1200, 2400, 4800, 7200, 7200};

	(void)state;
	w.answers[0] =
	    (struct answer){"a.example", STS_SENT_RETRY, "no answer"};
	world_until(&w, MIDNIGHT + 8 * HOUR);
	assert_true(w.sends >= 7);
	for (size_t i = 0; i < 6; i++) {
		int64_t pause = w.sent[i + 1].wall - w.sent[i].wall;

		assert_in_range(pause, pauses[i], pauses[i] + 60);
		assert_string_equal(w.sent[i].id, w.sent[i + 1].id);
	}
	assert_string_equal(world_view(&w, "a.example").last, "no answer");
	assert_int_equal(world_told(&w, "report-failed "), w.sends);
}

static void
rpt_7_down_for_20_hours(void **state)
{
	(void)state;
	w.answers[0] = (struct answer){"a.example", STS_SENT_RETRY, "down"};
	world_until(&w, MIDNIGHT + 1800 + 20 * HOUR);
	assert_int_equal(w.accepted, 0);
	assert_int_equal(world_left(&w, "a.example"), 3);
	w.answers[0].to = NULL;
	world_pass(&w, 2 * HOUR + 60);
	assert_int_equal(w.accepted, 1);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_left(&w, "a.example"), 0);
	assert_string_equal(w.sent[0].id, w.sent[(w.sends - 1) % SENDS].id);
	assert_int_equal(world_told(&w, "report-given-up"), 0);
}

static void
rpt_7_down_for_30_hours(void **state)
{
	unsigned sends;

	(void)state;
	w.answers[0] = (struct answer){"a.example", STS_SENT_RETRY, "down"};
	world_until(&w, MIDNIGHT + 1800 + 24 * HOUR - 60);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_DUE);
	world_pass(&w, 240);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_GIVEN_UP);
	assert_int_equal(world_left(&w, "a.example"), 0);
	assert_int_equal(world_told(&w, "report-given-up domain=a.example "
					"day=2023-11-14 reason=\"down\""),
	    1);
	sends = w.sends;
	w.answers[0].to = NULL;
	world_pass(&w, 6 * HOUR);
	assert_int_equal(w.sends, sends);
}

/* 500 is for now, 4xx for good; what that is, sending says. */
static void
rpt_11_500_again_4xx_given_up(void **state)
{
	(void)state;
	w.record = "v=TLSRPTv1; rua=https://%s/tls";
	w.answers[0] = (struct answer){"a.example", STS_SENT_RETRY, "500"};
	world_count(&w, "b.example", 1);
	w.answers[1] = (struct answer){"b.example", STS_SENT_REFUSED, "403"};
	world_until(&w, MIDNIGHT + 1860);
	assert_int_equal(w.sends, 2);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_DUE);
	assert_int_equal(world_state(&w, "b.example"), STS_REPORT_GIVEN_UP);
	assert_int_equal(world_told(&w, "report-refused domain=b.example"), 1);
	assert_int_equal(world_told(&w, "report-given-up domain=b.example "
					"day=2023-11-14 reason=\"403\""),
	    1);
	world_pass(&w, 1260);
	assert_int_equal(w.sends, 3);
	assert_string_equal(w.sent[2].to, "https://a.example/tls");
}

/* Who has accepted is left alone; who has not is asked again. */
static void
rpt_1_one_of_two_is_down(void **state)
{
	(void)state;
	w.record = "v=TLSRPTv1; rua=mailto:up@%1$s,mailto:down@%1$s";
	w.answers[0] = (struct answer){"down@", STS_SENT_RETRY, "down"};
	world_until(&w, MIDNIGHT + 1860 + 1260);
	assert_int_equal(w.sends, 3);
	assert_string_equal(w.sent[0].to, "up@a.example");
	assert_string_equal(w.sent[1].to, "down@a.example");
	assert_string_equal(w.sent[2].to, "down@a.example");
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_DUE);
	world_pass(&w, 26 * HOUR);
	assert_int_equal(w.accepted, 1);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_left(&w, "a.example"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(rpt_7_back_off, begin, end),
	    cmocka_unit_test_setup_teardown(
		rpt_7_down_for_20_hours, begin, end),
	    cmocka_unit_test_setup_teardown(
		rpt_7_down_for_30_hours, begin, end),
	    cmocka_unit_test_setup_teardown(
		rpt_11_500_again_4xx_given_up, begin, end),
	    cmocka_unit_test_setup_teardown(
		rpt_1_one_of_two_is_down, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
