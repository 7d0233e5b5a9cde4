/* SPDX-License-Identifier: ISC */
/* When a result is acknowledged, how writes are shared, which day it is. */
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

static void
after_the_commit(void **state)
{
	(void)state;
	s.hold_puts = true;
	slow_add(&s, "a.example");
	assert_int_equal(s.puts, 1);
	assert_int_equal(s.told[STS_OK], 0);
	assert_int_equal(slow_stats(&s).results, 0);
	slow_let_go(&s);
	assert_int_equal(s.told[STS_OK], 1);
	assert_int_equal(slow_stats(&s).results, 1);
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 1);
}

/* Ten that come during a write are one write more, and wait for that. */
static void
share_a_write(void **state)
{
	(void)state;
	s.hold_puts = true;
	slow_add(&s, "a.example");
	for (int i = 0; i < 10; i++)
		slow_add(&s, "a.example");
	assert_int_equal(s.puts, 1);
	slow_let_go(&s);
	assert_int_equal(s.told[STS_OK], 1);
	assert_int_equal(s.puts, 2);
	slow_let_go(&s);
	assert_int_equal(s.told[STS_OK], 11);
	assert_int_equal(s.puts, 2);
	assert_int_equal(s.n_held, 0);
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 11);
}

/* A domain does not wait for another. */
static void
each_domain_its_own(void **state)
{
	(void)state;
	s.hold_puts = true;
	slow_add(&s, "a.example");
	slow_add(&s, "b.example");
	assert_int_equal(s.puts, 2);
	slow_let_all_go(&s);
	assert_int_equal(s.told[STS_OK], 2);
	assert_int_equal(slow_stats(&s).domains, 2);
}

/* Those that come while the row is looked for are added to it. */
static void
during_the_load(void **state)
{
	(void)state;
	slow_add(&s, "a.example");
	slow_restart(&s);
	s.hold_gets = true;
	for (int i = 0; i < 5; i++)
		slow_add(&s, "a.example");
	assert_int_equal(s.gets, 2);
	assert_int_equal(s.puts, 1);
	slow_let_go(&s);
	assert_int_equal(s.puts, 2);
	assert_int_equal(s.told[STS_OK], 6);
	s.hold_gets = false;
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 6);
	assert_int_equal(slow_stats(&s).domains, 1);
}

static void
failures_are_told_apart(void **state)
{
	struct sts_tls_result r =
	    failure(STS_RESULT_CERTIFICATE_EXPIRED, "mx.a.example");

	(void)state;
	sts_counters_add(s.counters, &r, NULL, NULL);
	slow_add(&s, "a.example");
	assert_int_equal(slow_stats(&s).results, 2);
	assert_int_equal(slow_stats(&s).failures, 1);
}

/* RPT-6: the UTC day, from midnight on. */
static void
midnight(void **state)
{
	(void)state;
	s.f.wall = (DAY + 1) * INT64_C(86400) - 1;
	slow_add(&s, "a.example");
	slow_add(&s, "b.example");
	assert_int_equal(slow_stats(&s).domains, 2);
	s.f.wall++;
	slow_add(&s, "a.example");
	assert_int_equal(slow_stats(&s).domains, 1);
	slow_add(&s, "a.example");
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 1);
	assert_int_equal(slow_sessions(&s, DAY + 1, "a.example"), 2);
	assert_int_equal(slow_get(&s, DAY + 1, "b.example"), STS_ENOENT);
	/* A clock that goes back: the rows of that day are counted again. */
	s.f.wall--;
	slow_add(&s, "a.example");
	assert_int_equal(slow_stats(&s).domains, 2);
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 2);
}

/* A write over midnight is of the day that it began in. */
static void
write_over_midnight(void **state)
{
	(void)state;
	s.hold_puts = true;
	s.f.wall = (DAY + 1) * INT64_C(86400) - 1;
	slow_add(&s, "a.example");
	slow_add(&s, "a.example");
	s.f.wall++;
	slow_add(&s, "a.example");
	slow_let_all_go(&s);
	assert_int_equal(s.told[STS_OK], 3);
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 2);
	assert_int_equal(slow_sessions(&s, DAY + 1, "a.example"), 1);
}

static char listing[512];

static void
listed(void *arg, const char *domain)
{
	size_t n = strlen(listing);

	(void)arg;
	(void)snprintf(
	    listing + n, sizeof(listing) - n, "%s%s", n > 0 ? " " : "", domain);
}

static void
set_err(void *arg, enum sts_err err)
{
	*(enum sts_err *)arg = err;
}

static const char *
list(int64_t day, const char *after, size_t limit)
{
	enum sts_err err = STS_ETEMP;

	listing[0] = '\0';
	sts_counters_list(s.counters, day, after, limit, listed, set_err, &err);
	assert_int_equal(err, STS_OK);
	return listing;
}

static void
listing_of_a_day(void **state)
{
	(void)state;
	slow_put_row(&s, "2023-11-13/z.example", "x");
	slow_put_row(&s, "2023-11-15/a.example", "x");
	slow_put_row(&s, "bad/1700000000/2023-11-14/a.example", "x");
	settle(&s.f);
	slow_add(&s, "c.example");
	slow_add(&s, "a.example");
	slow_add(&s, "b.example");
	assert_string_equal(
	    list(DAY, "", 100), "a.example b.example c.example");
	assert_string_equal(list(DAY, "", 2), "a.example b.example");
	assert_string_equal(list(DAY, "b.example", 2), "c.example");
	assert_string_equal(list(DAY, "c.example", 2), "");
	assert_string_equal(list(DAY - 1, "", 9), "z.example");
	assert_string_equal(list(DAY - 2, "", 9), "");
}

static void
forget(const char *domain, enum sts_err *err)
{
	*err = STS_ELIMIT;
	sts_counters_forget(s.counters, DAY, domain, set_err, err);
}

static void
forgotten(void **state)
{
	enum sts_err err;

	(void)state;
	slow_add(&s, "a.example");
	slow_add(&s, "b.example");
	forget("a.example", &err);
	assert_int_equal(err, STS_OK);
	assert_int_equal(slow_get(&s, DAY, "a.example"), STS_ENOENT);
	assert_int_equal(slow_sessions(&s, DAY, "b.example"), 1);
	forget("none.example", &err);
	assert_int_equal(err, STS_OK);
	/* What comes after it begins anew. */
	slow_add(&s, "a.example");
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 1);
}

/* After what is being written: a row that is done with does not come back. */
static void
forgotten_while_written(void **state)
{
	enum sts_err err;

	(void)state;
	s.hold_puts = true;
	slow_add(&s, "a.example");
	slow_add(&s, "a.example");
	forget("a.example", &err);
	assert_int_equal(err, STS_ELIMIT);
	slow_let_go(&s);
	assert_int_equal(err, STS_ELIMIT);
	slow_let_go(&s);
	assert_int_equal(err, STS_OK);
	assert_int_equal(s.told[STS_OK], 2);
	assert_int_equal(slow_get(&s, DAY, "a.example"), STS_ENOENT);
}

static void
bad_names(void **state)
{
	enum sts_err err;

	(void)state;
	slow_add(&s, "A.example");
	slow_add(&s, "");
	slow_add(&s, "../x");
	assert_int_equal(s.told[STS_EINVAL], 3);
	assert_int_equal(slow_stats(&s).dropped, 3);
	assert_int_equal(slow_get(&s, DAY, "A.example"), STS_ENOENT);
	forget("A.example", &err);
	assert_int_equal(err, STS_OK);
	assert_int_equal(s.puts, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(after_the_commit),
	    CASE(share_a_write),
	    CASE(each_domain_its_own),
	    CASE(during_the_load),
	    CASE(failures_are_told_apart),
	    CASE(midnight),
	    CASE(write_over_midnight),
	    CASE(listing_of_a_day),
	    CASE(forgotten),
	    CASE(forgotten_while_written),
	    CASE(bad_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
