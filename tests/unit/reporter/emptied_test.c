/* SPDX-License-Identifier: ISC */
/* Redis comes back with nothing in it: one report all the same. */
#include "pair.h"

#include <stdio.h>

/* As it was before and after, and by whom. */
static void
assert_one(void)
{
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(pair_sends(), 1);
	assert_int_equal(pair_first()->sessions, 7);
	pair_assert_sent();
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
	while (pair_sends() == 0)
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
	while (pair_sends() == 0)
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

/* While it waits for the others its clock is put on. */
static void
emptied_and_stepped(void **state)
{
	(void)state;
	apart(HOUR);
	cluster_until(&c, MIDNIGHT + HOUR - 300);
	assert_int_equal(a.sends, 1);
	cluster_empty(&c);
	a.cut_off = true;
	cluster_until(&c, MIDNIGHT + HOUR - 150);
	b.f.wall += 600;
	cluster_until(&c, MIDNIGHT + HOUR - 70);
	assert_int_equal(b.sends, 0);
	a.cut_off = false;
	assert_one();
}

/* Rows that come before a.example's; nobody wanted those reports. */
static void
add_rows(struct world *w, unsigned n)
{
	const struct sts_str row =
	    sts_str("stsgate-sent 1\nnone 0\nfirst 0\ntries 0\nown 0\nid "
		    "\nlast \n");
	char key[64];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(
		    key, sizeof(key), "sent/2023-11-13/d%u.example", i);
		put_bytes(&w->f, STS_BUCKET_REPORT, sts_str(key), row,
		    MIDNIGHT + 24 * HOUR);
	}
}

static void
tenths(unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		cluster_turn(&c, 100);
		a.f.wall += i % 10 == 0;
		b.f.wall += i % 10 == 0;
	}
}

/* More rows than are put at once: it is the last of them. */
static void
emptied_with_many(void **state)
{
	(void)state;
	apart(HOUR);
	cluster_until(&c, MIDNIGHT + HOUR - 300);
	assert_int_equal(a.sends, 1);
	add_rows(&a, 25000);
	cluster_empty(&c);
	tenths(2000);
	assert_one();
}

/* There is no Redis when it is marked as sent, and an empty one later. */
static void
emptied_as_it_is_sent(void **state)
{
	(void)state;
	a.on_send = b.on_send = away_from_now;
	while (pair_sends() == 0)
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
	while (pair_sends() == 0)
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

/* It takes nothing: that is no emptied one for ever, but a report that fails,
 * is told of and given up. */
static void
full(void **state)
{
	(void)state;
	cluster_until(&c, MIDNIGHT - 600);
	c.full = true;
	cluster_empty(&c);
	cluster_until(&c, MIDNIGHT + 36 * HOUR);
	assert_int_equal(pair_sends(), 0);
	assert_int_equal(world_told(&a, "report-given-up"), 1);
	assert_int_equal(world_told(&b, "report-given-up"), 1);
}

static void
assert_sevens(const struct world *w)
{
	for (unsigned i = 0; i < w->sends; i++) {
		assert_int_equal(w->sent[i].sessions, 7);
		assert_string_equal(w->sent[i].id, pair_first()->id);
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
	while (pair_sends() < 2)
		cluster_turn(&c, 1000);
	cluster_turn(&c, 1000);
	cluster_empty(&c);
	a.answers[0].to = b.answers[0].to = NULL;
	cluster_until(&c, MIDNIGHT + 12 * HOUR);
	assert_int_equal(a.accepted + b.accepted, 2);
	assert_sevens(&a);
	assert_sevens(&b);
	pair_assert_sent();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		emptied_when_it_is_sent, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_and_restarted, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_unnoticed, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_and_late, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_and_stepped, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_with_many, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_as_it_is_sent, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_before_it_is_sent, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_before_the_night, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(
		emptied_between_two, pair_begin, pair_end),
	    cmocka_unit_test_setup_teardown(full, pair_begin, pair_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
