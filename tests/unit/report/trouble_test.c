/* SPDX-License-Identifier: ISC */
/* A store that fails, rows that cannot be read, an end in the middle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slow.h"

#define KEY "2023-11-14/a.example"
#define BAD "bad/1700000000/" KEY

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
assert_row(const char *key, const char *text)
{
	struct got got;

	assert_int_equal(get_bytes(&s.f, STS_BUCKET_REPORT, sts_str(key), &got),
	    STS_STORE_FOUND);
	assert_string_equal(got.value, text);
	got_free(&got);
}

/* It may be lost, and is told so; it stays in memory for the next write. */
static void
put_fails(void **state)
{
	(void)state;
	s.put_err = STS_ETEMP;
	slow_add(&s, "a.example");
	slow_add(&s, "a.example");
	took(&s.f, "results-unsaved", "error=temporary");
	assert_int_equal(s.told[STS_ETEMP], 2);
	assert_int_equal(slow_stats(&s).dropped, 2);
	assert_int_equal(slow_stats(&s).results, 0);
	s.put_err = STS_OK;
	slow_add(&s, "a.example");
	took(&s.f, "results-saved", "row=" KEY);
	assert_int_equal(s.told[STS_OK], 1);
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 3);
}

/* No look at the row: nothing is written over what may be there. */
static void
get_fails(void **state)
{
	(void)state;
	slow_add(&s, "a.example");
	slow_restart(&s);
	s.get_fails = true;
	slow_add(&s, "a.example");
	took(&s.f, "results-unsaved", "");
	assert_int_equal(s.told[STS_ETEMP], 1);
	assert_int_equal(s.puts, 1);
	assert_int_equal(slow_get(&s, DAY, "a.example"), STS_ETEMP);
	s.get_fails = false;
	slow_add(&s, "a.example");
	took(&s.f, "results-saved", "");
	assert_int_equal(slow_sessions(&s, DAY, "a.example"), 2);
}

static void
put_aside(void **state)
{
	static const char *const rows[] = {"rubbish", "stsgate-tally 2\nx",
	    /* of another domain, of another day */
	    "stsgate-tally 1\ndomain b.example\nday 19675\ndropped 1\n"
	    "policies 0\n",
	    "stsgate-tally 1\ndomain a.example\nday 19674\ndropped 1\n"
	    "policies 0\n"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		slow_put_row(&s, KEY, rows[i]);
		slow_restart(&s);
		assert_int_not_equal(
		    slow_get(&s, DAY, "a.example"), STS_ENOENT);
		took(&s.f, "tally-unreadable", "row=\"" KEY "\"");
		slow_add(&s, "a.example");
		took(&s.f, "tally-unreadable", "error=");
		took(&s.f, "tally-aside", "to=" BAD);
		assert_int_equal(s.told[STS_OK], i + 1);
		assert_row(BAD, rows[i]);
		assert_int_equal(slow_sessions(&s, DAY, "a.example"), 1);
	}
}

/* Until it is safe under its other name the row stays as it is. */
static void
aside_fails(void **state)
{
	(void)state;
	slow_put_row(&s, KEY, "rubbish");
	s.put_err = STS_ETEMP;
	slow_add(&s, "a.example");
	took(&s.f, "tally-unreadable", "error=syntax");
	took(&s.f, "tally-aside", "");
	assert_int_equal(s.told[STS_ETEMP], 1);
	assert_row(KEY, "rubbish");
	s.put_err = STS_OK;
	s.hold_puts = true;
	slow_add(&s, "a.example");
	took(&s.f, "tally-unreadable", "error=syntax");
	took(&s.f, "tally-aside", "");
	assert_row(KEY, "rubbish");
	slow_let_all_go(&s);
	assert_row(BAD, "rubbish");
	assert_int_equal(s.told[STS_OK], 1);
}

static void
set_err(void *arg, enum sts_err err)
{
	*(enum sts_err *)arg = err;
}

static void
got(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	assert_null(tally);
	set_err(arg, err);
}

/* Who waits is told, once; what the store says later harms nobody. */
static void
freed_in_the_middle(void **state)
{
	enum sts_err forgotten = STS_OK, looked = STS_OK;

	(void)state;
	s.hold_puts = true;
	slow_add(&s, "a.example");
	slow_add(&s, "a.example");
	sts_counters_forget(s.counters, DAY, "a.example", set_err, &forgotten);
	s.hold_gets = true;
	slow_add(&s, "b.example");
	sts_counters_get(s.counters, DAY, "c.example", got, &looked);
	sts_counters_free(s.counters);
	s.counters = NULL;
	assert_int_equal(s.told[STS_ETEMP], 3);
	assert_int_equal(forgotten, STS_ETEMP);
	assert_int_equal(looked, STS_ETEMP);
	assert_int_equal(s.n_held, 3);
	slow_let_all_go(&s);
	assert_int_equal(s.told[STS_ETEMP], 3);
	assert_int_equal(s.told[STS_OK], 0);
}

static unsigned again_left;

static void
again(void *arg, enum sts_err err)
{
	struct sts_tls_result r = success();

	(void)arg;
	assert_int_equal(err, STS_OK);
	if (again_left-- > 0)
		sts_counters_add(s.counters, &r, again, NULL);
	else
		sts_counters_forget(s.counters, DAY, "a.example", NULL, NULL);
}

/* From a callback all may be asked, also with an answer inside the call. */
static void
reentered(void **state)
{
	struct sts_tls_result r = success();

	(void)state;
	again_left = 50;
	s.hold_puts = true;
	sts_counters_add(s.counters, &r, again, NULL);
	slow_let_go(&s);
	s.hold_puts = false;
	slow_let_all_go(&s);
	assert_int_equal(slow_stats(&s).results, 51);
	assert_int_equal(slow_get(&s, DAY, "a.example"), STS_ENOENT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(put_fails),
	    CASE(get_fails),
	    CASE(put_aside),
	    CASE(aside_fails),
	    CASE(freed_in_the_middle),
	    CASE(reentered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
