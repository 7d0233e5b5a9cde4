/* SPDX-License-Identifier: ISC */
/* How many domains, and how many tallies in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slow.h"

static struct slow s;

static int
begin(void **state)
{
	(void)state;
	slow_init(&s);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	slow_fini(&s);
	return 0;
}

static const char *
name(int i)
{
	static char buf[32];

	(void)snprintf(buf, sizeof(buf), "d%05d.example", i);
	return buf;
}

static void
add_many(int from, int to)
{
	for (int i = from; i < to; i++)
		slow_add(&s, name(i));
}

/* Pushed out of memory, a tally goes on where it was. */
static void
least_recently_used_out(void **state)
{
	(void)state;
	s.config.hot_max = 4;
	slow_restart(&s);
	for (int round = 0; round < 3; round++)
		add_many(0, 50);
	assert_int_equal(s.told[STS_OK], 150);
	assert_int_equal(s.gets, 150); /* never there when its turn comes */
	for (int i = 0; i < 50; i++)
		assert_int_equal(slow_sessions(&s, DAY, name(i)), 3);
	assert_int_equal(slow_stats(&s).domains, 50);
	/* One that is used stays. */
	s.gets = 0;
	for (int i = 0; i < 20; i++) {
		slow_add(&s, "used.example");
		slow_add(&s, name(i));
	}
	assert_int_equal(s.gets, 21);
}

/* Large ones are pushed out by their octets. */
static void
octets_in_memory(void **state)
{
	struct sts_tls_result r = success();
	char *text = malloc(60000);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 60000);
	r.policy = (struct sts_str){text, 60000};
	for (int i = 0; i < 500; i++) {
		r.domain = name(i);
		sts_counters_add(s.counters, &r, NULL, NULL);
	}
	s.gets = 0;
	r.domain = name(499);
	sts_counters_add(s.counters, &r, NULL, NULL);
	assert_int_equal(s.gets, 0);
	r.domain = name(0);
	sts_counters_add(s.counters, &r, NULL, NULL);
	assert_int_equal(s.gets, 1);
	assert_int_equal(slow_stats(&s).results, 502);
	free(text);
}

/* Those that are being written are bounded, too: 8 times hot_max. */
static void
too_many_busy(void **state)
{
	(void)state;
	s.config.hot_max = 2;
	slow_restart(&s);
	s.hold_puts = true;
	add_many(0, 20);
	assert_int_equal(s.n_held, 16);
	assert_int_equal(s.told[STS_ELIMIT], 4);
	took(&s.f, "results-dropped", "reason=busy");
	slow_let_all_go(&s);
	assert_int_equal(s.told[STS_OK], 16);
	assert_int_equal(slow_stats(&s).dropped, 4);
	add_many(16, 20);
	slow_let_all_go(&s);
	assert_int_equal(s.told[STS_OK], 20);
}

static void
too_many_domains(void **state)
{
	(void)state;
	s.config.domains_max = 3;
	slow_restart(&s);
	add_many(0, 5);
	took(&s.f, "results-dropped", "reason=domains-max domains=3");
	assert_int_equal(s.told[STS_OK], 3);
	assert_int_equal(s.told[STS_ELIMIT], 2);
	assert_int_equal(slow_get(&s, DAY, name(4)), STS_ENOENT);
	/* Those that are known are counted on. */
	add_many(0, 3);
	assert_int_equal(s.told[STS_OK], 6);
	assert_int_equal(slow_stats(&s).dropped, 2);
	assert_int_equal(slow_stats(&s).domains, 3);
	/* Another day, another three; it is told again. */
	s.f.wall += 86400;
	add_many(0, 4);
	took(&s.f, "results-dropped", "reason=domains-max");
	assert_int_equal(s.told[STS_OK], 9);
}

/* A restart counts what is there, some at a time. */
static void
counted_at_the_start(void **state)
{
	(void)state;
	add_many(0, 1200);
	slow_put_row(&s, "2023-11-15/a.example", "x");
	slow_put_row(&s, "2023-11-13/a.example", "x");
	s.config.domains_max = 1300;
	slow_restart(&s);
	assert_true(slow_stats(&s).domains < 1200);
	/* New ones, before and behind where the count is. */
	slow_add(&s, "a.example");
	slow_add(&s, "z.example");
	slow_add(&s, name(1100));
	turn(&s.f, 10);
	turn(&s.f, 10);
	turn(&s.f, 10);
	assert_int_equal(slow_stats(&s).domains, 1202);
	add_many(1200, 1300);
	took(&s.f, "results-dropped", "reason=domains-max domains=1300");
	assert_int_equal(s.told[STS_ELIMIT], 2);
	slow_restart(&s); /* in the middle of counting: no timer is left */
}

/* Beyond a domain's own bounds: acknowledged as dropped, and in the row. */
static void
bounds_of_a_domain(void **state)
{
	struct sts_tls_result r = success();
	char text[16];

	(void)state;
	for (int i = 0; i < STS_TALLY_POLICIES + 2; i++) {
		(void)snprintf(text, sizeof(text), "policy %d", i);
		r.policy = sts_str(text);
		sts_counters_add(s.counters, &r, NULL, NULL);
	}
	assert_int_equal(slow_stats(&s).results, STS_TALLY_POLICIES);
	assert_int_equal(slow_stats(&s).dropped, 2);
	assert_int_equal(
	    slow_sessions(&s, DAY, "a.example"), STS_TALLY_POLICIES + 2);
	/* Also when it is loaded for that. */
	slow_restart(&s);
	sts_counters_add(s.counters, &r, NULL, NULL);
	assert_int_equal(slow_stats(&s).dropped, 1);
	assert_int_equal(
	    slow_sessions(&s, DAY, "a.example"), STS_TALLY_POLICIES + 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(least_recently_used_out),
	    CASE(octets_in_memory),
	    CASE(too_many_busy),
	    CASE(too_many_domains),
	    CASE(counted_at_the_start),
	    CASE(bounds_of_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
