/* SPDX-License-Identifier: ISC */
/* Whom a report goes to (RPT-1). */
#include <string.h>

#include "world.h"

static struct world w;

static int
begin(void **state)
{
	(void)state;
	world_init(&w);
	world_count(&w, "a.example", 1);
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
send_to(const char *record)
{
	w.record = record;
	world_until(&w, MIDNIGHT + 5 * HOUR);
}

static void
rpt_1_each_by_its_way(void **state)
{
	(void)state;
	send_to("v=TLSRPTv1; rua=mailto:tls@%1$s,https://%1$s/v1");
	assert_int_equal(w.sends, 2);
	assert_string_equal(w.sent[0].to, "tls@a.example");
	assert_string_equal(w.sent[1].to, "https://a.example/v1");
}

/* THR-14 */
static void
rpt_1_four_at_most(void **state)
{
	(void)state;
	send_to("v=TLSRPTv1; rua=mailto:1@%1$s,mailto:2@%1$s,mailto:3@%1$s,"
		"mailto:4@%1$s,mailto:5@%1$s,mailto:6@%1$s");
	assert_int_equal(w.sends, 4);
	assert_string_equal(w.sent[3].to, "4@a.example");
}

/* However it is written. */
static void
rpt_1_the_same_once(void **state)
{
	(void)state;
	send_to("v=TLSRPTv1; rua=mailto:a@%1$s,MAILTO:%%61@%1$s?subject=x,"
		"mailto:a%%40%1$s");
	assert_int_equal(w.sends, 1);
	assert_string_equal(w.sent[0].to, "a@a.example");
}

/* It harms only itself. */
static void
rpt_1_one_is_bad(void **state)
{
	(void)state;
	send_to("v=TLSRPTv1; rua=mailto:a%%20b@%1$s,mailto:tls@%1$s");
	assert_int_equal(w.accepted, 1);
	assert_string_equal(w.sent[0].to, "tls@a.example");
	assert_int_equal(world_told(&w, "report-refused "), 1);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
}

/* THR-7: sending refuses private addresses. */
static void
rpt_1_one_is_private(void **state)
{
	(void)state;
	w.answers[0] =
	    (struct answer){"127.0.0.1", STS_SENT_REFUSED, "private-address"};
	send_to("v=TLSRPTv1; rua=https://127.0.0.1/x,mailto:tls@%1$s");
	assert_int_equal(w.sends, 2);
	assert_int_equal(w.accepted, 1);
	assert_int_equal(world_told(&w, "reason=\"private-address\""), 1);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_left(&w, "a.example"), 0);
}

static void
all_are_bad(void **state)
{
	(void)state;
	send_to("v=TLSRPTv1; rua=mailto:a%%20b@%1$s");
	assert_int_equal(w.sends, 0);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_GIVEN_UP);
	assert_int_equal(world_told(&w, "report-given-up "), 1);
}

static void
none_is_known(void **state)
{
	(void)state;
	send_to("v=TLSRPTv1; rua=ftp://%1$s/x");
	assert_int_equal(w.sends, 0);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(rpt_1_each_by_its_way, begin, end),
	    cmocka_unit_test_setup_teardown(rpt_1_four_at_most, begin, end),
	    cmocka_unit_test_setup_teardown(rpt_1_the_same_once, begin, end),
	    cmocka_unit_test_setup_teardown(rpt_1_one_is_bad, begin, end),
	    cmocka_unit_test_setup_teardown(rpt_1_one_is_private, begin, end),
	    cmocka_unit_test_setup_teardown(all_are_bad, begin, end),
	    cmocka_unit_test_setup_teardown(none_is_known, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
