/* SPDX-License-Identifier: ISC */
/* Two hosts of a cluster: one report, with what both have counted. */
#include "cluster.h"

#include <string.h>

static struct cluster c;
static struct world a, b;

static int
begin(void **state)
{
	(void)state;
	memset(&c, 0, sizeof(c));
	cluster_join(&c, &a, "mx1.us.example");
	cluster_join(&c, &b, "mx2.us.example");
	world_count(&a, "a.example", 3);
	world_count(&b, "a.example", 4);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	cluster_fini(&c);
	return 0;
}

static unsigned
sends(void)
{
	return a.sends + b.sends;
}

/* The one that was sent first, by whichever host. */
static const struct sent *
first(void)
{
	if (a.sends > 0 && (b.sends == 0 || a.sent[0].wall <= b.sent[0].wall))
		return &a.sent[0];
	return &b.sent[0];
}

static void
assert_all_sent(void)
{
	assert_int_equal(world_state(&a, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_state(&b, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_left(&a, "a.example"), 0);
	assert_int_equal(world_left(&b, "a.example"), 0);
}

static void
one_report(void **state)
{
	(void)state;
	cluster_until(&c, MIDNIGHT + 6 * HOUR);
	assert_int_equal(sends(), 1);
	assert_int_equal(first()->sessions, 7);
	assert_string_equal(first()->id, "2023-11-14.a.example@us.example");
	assert_all_sent();
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
	assert_all_sent();
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
	while (sends() == 0)
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
	assert_int_equal(sends(), 2);
	assert_all_sent();
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
	assert_int_equal(sends(), 1);
	assert_all_sent();
}

/* Tries go on where another host has left them. */
static void
rpt_7_tries_are_shared(void **state)
{
	(void)state;
	a.answers[0] = b.answers[0] =
	    (struct answer){"a.example", STS_SENT_RETRY, "down"};
	cluster_until(&c, MIDNIGHT + 34 * HOUR);
	assert_in_range(sends(), 10, 20);
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
	assert_all_sent();
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
	assert_all_sent();
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
	assert_all_sent();
}

/* Nobody shares anything for hours: it waits. */
static void
redis_is_away(void **state)
{
	(void)state;
	cluster_turn(&c, 31000);
	c.away = true;
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(sends(), 0);
	assert_int_equal(world_state(&a, "a.example"), STS_REPORT_DUE);
	c.away = false;
	cluster_until(&c, MIDNIGHT + 15 * HOUR);
	assert_int_equal(sends(), 1);
	assert_int_equal(first()->sessions, 7);
	assert_all_sent();
}

/* As it was before and after, and by whom. */
static void
assert_one(void)
{
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(sends(), 1);
	assert_int_equal(first()->sessions, 7);
	assert_all_sent();
}

/* The first is to send it half an hour after midnight, the other later. */
static void
apart(int64_t later)
{
	a.config.jitter = b.config.jitter = 0;
	b.config.delay = later;
	sts_reporter_configure(a.reporter, &a.config);
	sts_reporter_configure(b.reporter, &b.config);
}

/* One has sent it, and the other does not know it yet. */
static void
emptied_when_it_is_sent(void **state)
{
	(void)state;
	while (sends() == 0)
		cluster_turn(&c, 1000);
	cluster_empty(&c);
	assert_one();
}

/* The same, and the one who has sent it is away for a while. */
static void
emptied_and_restarted(void **state)
{
	struct world *one;

	(void)state;
	while (sends() == 0)
		cluster_turn(&c, 1000);
	one = a.sends > 0 ? &a : &b;
	world_stop(one);
	cluster_empty(&c);
	cluster_turn(&c, 30000);
	world_start(one);
	assert_one();
}

static void
away_from_now(struct world *w)
{
	w->cluster->away = true;
}

/* The other is to send it before it can know. */
static void
emptied_unnoticed(void **state)
{
	(void)state;
	apart(HOUR);
	cluster_until(&c, MIDNIGHT + HOUR - 10);
	assert_int_equal(a.sends, 1);
	b.blind = true;
	cluster_empty(&c);
	cluster_turn(&c, 120000);
	assert_one();
}

/* Who has sent it needs a while to get to Redis again. */
static void
emptied_and_late(void **state)
{
	(void)state;
	apart(HOUR);
	cluster_until(&c, MIDNIGHT + HOUR - 150);
	assert_int_equal(a.sends, 1);
	cluster_empty(&c);
	a.cut_off = true;
	cluster_until(&c, MIDNIGHT + HOUR + 30);
	a.cut_off = false;
	assert_one();
}

/* There is no Redis when it is marked as sent, and an empty one later. */
static void
emptied_as_it_is_sent(void **state)
{
	(void)state;
	a.on_send = b.on_send = away_from_now;
	while (sends() == 0)
		cluster_turn(&c, 1000);
	a.on_send = b.on_send = NULL;
	cluster_turn(&c, 5000);
	cluster_empty(&c);
	c.away = false;
	assert_one();
}

/* It is about to be sent. */
static void
emptied_before_it_is_sent(void **state)
{
	(void)state;
	a.latency = b.latency = 20000;
	while (sends() == 0)
		cluster_turn(&c, 1000);
	cluster_empty(&c);
	assert_one();
}

/* Nobody has sent anything yet: both put again what they have. */
static void
emptied_before_the_night(void **state)
{
	(void)state;
	cluster_until(&c, MIDNIGHT + 1000);
	cluster_empty(&c);
	assert_one();
}

static void
assert_sevens(const struct world *w)
{
	for (unsigned i = 0; i < w->sends; i++) {
		assert_int_equal(w->sent[i].sessions, 7);
		assert_string_equal(w->sent[i].id, first()->id);
	}
}

/* One of two destinations has it; the other gets the same later. */
static void
emptied_between_two(void **state)
{
	(void)state;
	a.record = b.record = "v=TLSRPTv1; rua=mailto:1@%1$s,mailto:2@%1$s";
	a.answers[0] = b.answers[0] =
	    (struct answer){"2@", STS_SENT_RETRY, "down"};
	apart(5 * HOUR);
	while (sends() < 2)
		cluster_turn(&c, 1000);
	cluster_turn(&c, 1000);
	cluster_empty(&c);
	a.answers[0].to = b.answers[0].to = NULL;
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(a.accepted + b.accepted, 2);
	assert_sevens(&a);
	assert_sevens(&b);
	assert_all_sent();
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
	assert_int_equal(sends(), 1);
	assert_int_equal(first()->sessions, 7);
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
	    cmocka_unit_test_setup_teardown(one_report, begin, end),
	    cmocka_unit_test_setup_teardown(pushed_in_the_day, begin, end),
	    cmocka_unit_test_setup_teardown(
		killed_between_building_and_sending, begin, end),
	    cmocka_unit_test_setup_teardown(
		killed_between_sending_and_marking, begin, end),
	    cmocka_unit_test_setup_teardown(one_at_a_time, begin, end),
	    cmocka_unit_test_setup_teardown(rpt_7_tries_are_shared, begin, end),
	    cmocka_unit_test_setup_teardown(cut_off_in_the_day, begin, end),
	    cmocka_unit_test_setup_teardown(cut_off_all_day, begin, end),
	    cmocka_unit_test_setup_teardown(cut_off_and_down, begin, end),
	    cmocka_unit_test_setup_teardown(redis_is_away, begin, end),
	    cmocka_unit_test_setup_teardown(
		emptied_when_it_is_sent, begin, end),
	    cmocka_unit_test_setup_teardown(emptied_and_restarted, begin, end),
	    cmocka_unit_test_setup_teardown(emptied_unnoticed, begin, end),
	    cmocka_unit_test_setup_teardown(emptied_and_late, begin, end),
	    cmocka_unit_test_setup_teardown(emptied_as_it_is_sent, begin, end),
	    cmocka_unit_test_setup_teardown(
		emptied_before_it_is_sent, begin, end),
	    cmocka_unit_test_setup_teardown(
		emptied_before_the_night, begin, end),
	    cmocka_unit_test_setup_teardown(emptied_between_two, begin, end),
	    cmocka_unit_test_setup_teardown(started_before_redis, begin, end),
	    cmocka_unit_test_setup_teardown(started_without_redis, begin, end),
	    cmocka_unit_test_setup_teardown(statistics, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
