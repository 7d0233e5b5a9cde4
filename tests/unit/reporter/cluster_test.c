/* SPDX-License-Identifier: ISC */
/* Two hosts of a cluster: one report, with what both have counted. */
#include "pair.h"

#include <string.h>

static void
one_report(void **state)
{
	(void)state;
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	assert_int_equal(pair_sends(), 1);
	assert_int_equal(pair_first()->sessions, 7);
	assert_string_equal(
	    pair_first()->id, "2023-11-14.a.example@us.example");
	pair_assert_sent();
}

/* In the day only what changed, and not more than twice a minute. */
static void
pushed_in_the_day(void **state)
{
	(void)state;
	cluster_turn(&c, 31000);
	assert_int_equal(c.puts, 2);
	cluster_turn(&c, 31000);
	cluster_turn(&c, 31000);
	assert_int_equal(c.puts, 2);
	for (int i = 0; i < 20; i++) {
		world_count(&a, "a.example", 1);
		cluster_turn(&c, 1000);
	}
	cluster_turn(&c, 31000);
	assert_in_range(c.puts, 3, 4);
}

/* What a look at the store takes is not what the next round needs. */
static void
no_memory_for_timers(void **state)
{
	unsigned puts;

	(void)state;
	a.slow = b.slow = 10;
	a.f.poor = b.f.poor = true;
	cluster_turn(&c, 31000);
	cluster_turn(&c, 31000);
	a.f.poor = b.f.poor = false;
	puts = c.puts;
	world_count(&a, "a.example", 1);
	cluster_turn(&c, 31000);
	cluster_turn(&c, 1000);
	assert_int_equal(c.puts, puts + 1);
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	assert_int_equal(pair_sends(), 1);
}

/* It has read what all have, and is killed before it sends. */
static void
killed_between_building_and_sending(void **state)
{
	struct world *dead, *other;

	(void)state;
	a.latency = b.latency = 600000;
	a.most = b.most = 0;
	while (c.holder == NULL)
		cluster_turn(&c, 1000);
	dead = c.holder;
	other = dead == &a ? &b : &a;
	a.latency = b.latency = 0;
	world_kill(dead);
	cluster_until(&c, other->f.wall + 6 * HOUR);
	assert_int_equal(other->sends, 1);
	assert_int_equal(other->accepted, 1);
	assert_int_equal(other->sent[0].sessions, 7);
	/* It comes back, and finds all done. */
	world_start(dead);
	cluster_until(&c, other->f.wall + HOUR);
	assert_int_equal(dead->accepted, 0);
	pair_assert_sent();
}

static void
hold(struct world *w)
{
	w->hold_puts = true;
	w->cut_off = true;
}

/* It was accepted, and neither the row nor the others know: the same again. */
static void
killed_between_sending_and_marking(void **state)
{
	struct world *dead, *other;

	(void)state;
	a.on_send = b.on_send = hold;
	while (pair_sends() == 0)
		cluster_turn(&c, 1000);
	dead = a.sends > 0 ? &a : &b;
	other = dead == &a ? &b : &a;
	a.on_send = b.on_send = NULL;
	world_kill(dead);
	dead->cut_off = false;
	cluster_until(&c, other->f.wall + 6 * HOUR);
	assert_int_equal(other->sends, 1);
	assert_string_equal(other->sent[0].id, dead->sent[0].id);
	assert_int_equal(other->sent[0].sessions, 7);
	assert_int_equal(dead->sent[0].sessions, 7);
	world_start(dead);
	cluster_until(&c, other->f.wall + HOUR);
	assert_int_equal(pair_sends(), 2);
	pair_assert_sent();
}

/* While one is at it the other waits, however long it takes. */
static void
one_at_a_time(void **state)
{
	(void)state;
	a.config.jitter = b.config.jitter = 0;
	sts_reporter_configure(a.reporter, &a.config);
	sts_reporter_configure(b.reporter, &b.config);
	a.latency = b.latency = 100000;
	cluster_until(&c, MIDNIGHT + 1800 + 1200);
	assert_int_equal(pair_sends(), 1);
	pair_assert_sent();
}

/* Tries go on where another host has left them. */
static void
rpt_7_tries_are_shared(void **state)
{
	(void)state;
	a.answers[0] = b.answers[0] =
	    (struct answer){"a.example", STS_SENT_RETRY, "down"};
	cluster_until(&c, MIDNIGHT + 34 * HOUR);
	assert_in_range(pair_sends(), 10, 20);
	assert_int_equal(world_state(&a, "a.example"), STS_REPORT_GIVEN_UP);
	assert_int_equal(world_state(&b, "a.example"), STS_REPORT_GIVEN_UP);
	assert_int_equal(world_left(&a, "a.example"), 0);
	assert_int_equal(world_left(&b, "a.example"), 0);
}

static void
count_both(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a.sends; i++)
		n += (unsigned)a.sent[i].sessions;
	for (unsigned i = 0; i < b.sends; i++)
		n += (unsigned)b.sent[i].sessions;
	assert_int_equal(n, 9);
}

/* The others' report has what it had put; the rest it sends by itself. */
static void
cut_off_in_the_day(void **state)
{
	(void)state;
	cluster_turn(&c, 31000);
	b.cut_off = true;
	world_count(&b, "a.example", 2);
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	assert_int_equal(a.sends, 1);
	assert_int_equal(a.sent[0].sessions, 7);
	assert_int_equal(b.sends, 0);
	assert_int_equal(world_left(&b, "a.example"), 6);
	b.cut_off = false;
	cluster_until(&c, MIDNIGHT + 10 * HOUR);
	assert_int_equal(b.sends, 1);
	assert_int_equal(b.sent[0].sessions, 2);
	assert_string_equal(
	    b.sent[0].id, "2023-11-14.mx2.us.example.a.example@us.example");
	count_both();
	pair_assert_sent();
}

/* It has never put anything: all of it, by itself. */
static void
cut_off_all_day(void **state)
{
	(void)state;
	b.cut_off = true;
	world_count(&b, "a.example", 2);
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	assert_int_equal(a.sent[0].sessions, 3);
	world_stop(&b);
	world_start(&b);
	b.cut_off = false;
	cluster_until(&c, MIDNIGHT + 10 * HOUR);
	assert_int_equal(b.sends, 1);
	assert_int_equal(b.sent[0].sessions, 6);
	count_both();
	pair_assert_sent();
}

/* It comes back after the others' report: what it puts then is too late. */
static void
cut_off_and_down(void **state)
{
	(void)state;
	cluster_turn(&c, 31000);
	b.cut_off = true;
	world_count(&b, "a.example", 2);
	world_stop(&b);
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	assert_int_equal(a.sent[0].sessions, 7);
	b.cut_off = false;
	b.config.delay = 7 * HOUR;
	world_start(&b);
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(b.sends, 1);
	assert_int_equal(b.sent[0].sessions, 2);
	count_both();
	pair_assert_sent();
}

/* Nobody shares anything for hours: it waits. */
static void
redis_is_away(void **state)
{
	(void)state;
	cluster_turn(&c, 31000);
	c.away = true;
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(pair_sends(), 0);
	assert_int_equal(world_state(&a, "a.example"), STS_REPORT_DUE);
	c.away = false;
	cluster_until(&c, MIDNIGHT + 15 * HOUR);
	assert_int_equal(pair_sends(), 1);
	assert_int_equal(pair_first()->sessions, 7);
	pair_assert_sent();
}

/* They start before Redis is connected to: that is no try, and no ten minutes
 * are lost; but it is not waited for for ever. */
static void
started_before_redis(void **state)
{
	(void)state;
	cluster_until(&c, MIDNIGHT + 1700);
	world_stop(&a);
	world_stop(&b);
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	c.away = true;
	world_start(&a);
	world_start(&b);
	for (int i = 0; i < 50; i++)
		cluster_turn(&c, 1000);
	assert_int_equal(world_view(&a, "a.example").tries, 0);
	c.away = false;
	for (int i = 0; i < 2; i++)
		cluster_turn(&c, 1000);
	assert_int_equal(pair_sends(), 1);
	assert_int_equal(pair_first()->sessions, 7);
}

static void
started_without_redis(void **state)
{
	(void)state;
	cluster_until(&c, MIDNIGHT + 1700);
	world_stop(&a);
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	c.away = true;
	world_start(&a);
	for (int i = 0; i < 62; i++)
		cluster_turn(&c, 1000);
	assert_int_equal(world_view(&a, "a.example").tries, 1);
}

/* It is counted once, by who has sent it. */
static void
statistics(void **state)
{
	struct sts_reporter_stats of_a, of_b;

	(void)state;
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	sts_reporter_stats(a.reporter, &of_a);
	sts_reporter_stats(b.reporter, &of_b);
	assert_int_equal(of_a.sent + of_b.sent, 1);
	assert_int_equal(of_a.pending + of_b.pending, 0);
	assert_int_equal(of_a.given_up + of_b.given_up, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(one_report, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		pushed_in_the_day, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		no_memory_for_timers, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		killed_between_building_and_sending, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		killed_between_sending_and_marking, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		one_at_a_time, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		rpt_7_tries_are_shared, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		cut_off_in_the_day, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		cut_off_all_day, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		cut_off_and_down, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		redis_is_away, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		started_before_redis, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		started_without_redis, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(statistics, pair_begin, pair_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
