/* SPDX-License-Identifier: ISC */
/* What a restart, kill -9 and a store that fails leave behind. */
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
	w.record = "v=TLSRPTv1; rua=mailto:1@%1$s,mailto:2@%1$s";
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

/* The tries go on where they were. */
static void
rpt_7_between_tries(void **state)
{
	struct sts_report_view before, after;

	(void)state;
	w.answers[0] = (struct answer){"2@", STS_SENT_RETRY, "down"};
	world_until(&w, MIDNIGHT + 1860 + 1260);
	assert_int_equal(w.sends, 3);
	before = world_view(&w, "a.example");
	assert_int_equal(before.tries, 2);
	world_stop(&w);
	world_start(&w);
	world_pass(&w, 120);
	after = world_view(&w, "a.example");
	assert_int_equal(after.next, before.next);
	assert_int_equal(after.tries, 2);
	assert_string_equal(after.id, before.id);
	assert_int_equal(w.sends, 3);
	w.answers[0].to = NULL;
	world_pass(&w, 2 * HOUR);
	assert_int_equal(w.sends, 4);
	assert_string_equal(w.sent[3].to, "2@a.example");
	assert_string_equal(w.sent[3].id, w.sent[0].id);
}

/* In the middle of a send. */
static void
during_a_send(void **state)
{
	(void)state;
	w.latency = 30000;
	world_until(&w, MIDNIGHT + 1800);
	while (w.sends == 0)
		turn(&w.f, 1000);
	assert_int_equal(w.under_way, 1);
	world_stop(&w);
	assert_int_equal(w.under_way, 0);
	world_start(&w);
	world_pass(&w, 300);
	assert_int_equal(w.accepted, 2);
	assert_int_equal(w.sends, 3);
	assert_string_equal(w.sent[0].id, w.sent[1].id);
}

static void
hold(struct world *world)
{
	world->hold_puts = true;
}

/* It was accepted, and nobody has written that down: again, with the same id,
 * by which the receiver knows it. */
static void
rpt_7_kill_between_acceptance_and_mark(void **state)
{
	(void)state;
	w.on_send = hold;
	world_until(&w, MIDNIGHT + 1860);
	assert_int_equal(w.sends, 1);
	assert_int_equal(w.n_held, 1);
	w.on_send = NULL;
	world_kill(&w);
	world_start(&w);
	world_pass(&w, 120);
	assert_int_equal(w.sends, 3);
	assert_string_equal(w.sent[1].to, w.sent[0].to);
	assert_string_equal(w.sent[1].id, w.sent[0].id);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
}

/* The first one's acceptance was written: it does not get it again. */
static void
kill_after_the_first_mark(void **state)
{
	(void)state;
	w.latency = 30000;
	world_until(&w, MIDNIGHT + 1800);
	while (w.sends < 2)
		turn(&w.f, 1000);
	world_kill(&w);
	world_start(&w);
	world_pass(&w, 300);
	assert_int_equal(w.sends, 3);
	assert_string_equal(w.sent[2].to, "2@a.example");
}

/* The next destination waits until the store is well again. */
static void
row_cannot_be_written(void **state)
{
	(void)state;
	world_until(&w, MIDNIGHT + 1740);
	w.puts_fail = true;
	world_pass(&w, 2 * HOUR);
	assert_int_equal(w.sends, 1);
	assert_int_equal(world_told(&w, "report-unsaved "), 1);
	w.puts_fail = false;
	world_pass(&w, 120);
	assert_int_equal(w.sends, 2);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
}

/* And there is no memory for a timer, when that is told. */
static void
row_cannot_be_written_for_want_of_memory(void **state)
{
	(void)state;
	world_until(&w, MIDNIGHT + 1740);
	w.hold_puts = true;
	world_until(&w, MIDNIGHT + 2000);
	assert_int_equal(w.n_held, 1);
	w.f.poor = true;
	w.held[0].done(w.held[0].arg, STS_ETEMP);
	w.f.poor = w.hold_puts = false;
	w.n_held = 0;
	assert_int_equal(w.sends, 1);
	world_pass(&w, 120);
	assert_int_equal(w.sends, 2);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
}

/* Killed after the mark, before the counters were forgotten. */
static void
left_over(void **state)
{
	(void)state;
	world_until(&w, MIDNIGHT + 120);
	world_stop(&w);
	put_bytes(&w.f, STS_BUCKET_REPORT, sts_str("sent/2023-11-14/a.example"),
	    sts_str("stsgate-sent 1\nsent 0\nfirst 1700010000\ntries 1\n"
		    "own 0\nid x@y\nlast \naccepted 1@a.example\n"),
	    FAR);
	assert_int_equal(world_left(&w, "a.example"), 3);
	world_start(&w);
	world_pass(&w, 5 * HOUR);
	assert_int_equal(w.sends, 0);
	assert_int_equal(world_left(&w, "a.example"), 0);
}

static void
row_cannot_be_read(void **state)
{
	(void)state;
	world_until(&w, MIDNIGHT + 120);
	put_bytes(&w.f, STS_BUCKET_REPORT, sts_str("sent/2023-11-14/a.example"),
	    sts_str("stsgate-sent 2\n"), FAR);
	world_stop(&w);
	world_start(&w);
	world_pass(&w, 5 * HOUR);
	assert_int_equal(w.accepted, 2);
	assert_int_equal(world_told(&w, "report-state-unreadable "), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(rpt_7_between_tries, begin, end),
	    cmocka_unit_test_setup_teardown(during_a_send, begin, end),
	    cmocka_unit_test_setup_teardown(
		rpt_7_kill_between_acceptance_and_mark, begin, end),
	    cmocka_unit_test_setup_teardown(
		kill_after_the_first_mark, begin, end),
	    cmocka_unit_test_setup_teardown(row_cannot_be_written, begin, end),
	    cmocka_unit_test_setup_teardown(
		row_cannot_be_written_for_want_of_memory, begin, end),
	    cmocka_unit_test_setup_teardown(left_over, begin, end),
	    cmocka_unit_test_setup_teardown(row_cannot_be_read, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
