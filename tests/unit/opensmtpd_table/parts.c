/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "table_copy.h"
#include "table_wanted.h"

#define NOW    1800000000
#define MINUTE 60000
#define DAY    86400000

static struct sts_route
read_line(const char *line)
{
	struct sts_route route;

	sts_route_read(sts_client_kind(line), line, NOW, &route);
	return route;
}

static void
test_routes(void **state)
{
	struct sts_route r;

	(void)state;
	r = read_line("STS1 route x mode=enforce id=1 host=mx.x "
		      "until=1800000300 override=enforce origin=f:1");
	assert_int_equal(r.kind, STS_ROUTE_HOST);
	assert_string_equal(r.text, "mx.x");
	assert_int_equal(r.life_ms, 300000);
	r = read_line("STS1 blocked x mode=enforce id=1 reason=null-mx "
		      "detail=null-mx until=1800000060");
	assert_int_equal(r.kind, STS_ROUTE_BLOCKED);
	assert_string_equal(r.text, "null-mx");
	assert_int_equal(r.life_ms, 60000);
	r = read_line("STS1 none x state=fresh reason=mode-none");
	assert_int_equal(r.kind, STS_ROUTE_NONE);
	assert_false(r.asked_mx);
	r = read_line("STS1 none x state=fresh reason=mode-none mx=");
	assert_true(r.asked_mx);
	assert_string_equal(r.text, "");
	r = read_line("STS1 temp x reason=dns-servfail detail=mx mode=enforce "
		      "id=1");
	assert_int_equal(r.kind, STS_ROUTE_ENFORCED);
	assert_string_equal(r.text, "dns-servfail");
	assert_false(sts_route_is_passing(&r));
	r = read_line("STS1 temp x reason=not-known");
	assert_int_equal(r.kind, STS_ROUTE_UNKNOWN);
	assert_true(sts_route_is_passing(&r));
	r = read_line("STS1 error verb text=x");
	assert_int_equal(r.kind, STS_ROUTE_UNKNOWN);
	assert_string_equal(r.text, "service-error");
	assert_false(sts_route_is_passing(&r));
	r = read_line("");
	assert_string_equal(r.text, "service-gone");
}

/* No clock of another makes an answer live long. */
static void
test_lives(void **state)
{
	static const struct {
		const char *until;
		int64_t life;
	} rows[] = {{"1800000001", 1000}, {"1800000000", 0}, {"1799999999", 0},
	    {"0", 0}, {"-1", 0}, {"", 0}, {"x", 0}, {"1800000001x", 0},
	    {"99999999999999999999", 0}, {"9223372036854775807", 0},
	    {"999999999999999999", 3600000}, {"-9223372036854775808", 0}};
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line),
		    "STS1 route x mode=enforce id=1 host=mx.x until=%s",
		    rows[i].until);
		assert_int_equal(read_line(line).life_ms, rows[i].life);
	}
	assert_int_equal(
	    read_line("STS1 route x mode=enforce id=1 host=mx.x").life_ms, 0);
}

static void
test_copies(void **state)
{
	struct sts_route in = {STS_ROUTE_HOST, false, "mx.example", 1000}, out;
	struct sts_copies *copies = sts_copies_new(4);

	(void)state;
	assert_false(sts_copies_get(copies, "a.example", 0, &out));
	sts_copies_put(copies, "a.example", &in, 5000);
	assert_true(sts_copies_get(copies, "a.example", 5999, &out));
	assert_int_equal(out.kind, STS_ROUTE_HOST);
	assert_string_equal(out.text, "mx.example");
	assert_int_equal(out.life_ms, 1);
	assert_false(sts_copies_get(copies, "a.example", 6000, &out));
	assert_false(sts_copies_get(copies, "b.example", 5000, &out));
	in.life_ms = 0; /* not to be repeated, nor is what was before */
	sts_copies_put(copies, "a.example", &in, 5000);
	assert_false(sts_copies_get(copies, "a.example", 5000, &out));
	sts_copies_free(copies);
}

static void
test_copies_are_bounded(void **state)
{
	struct sts_route route = {STS_ROUTE_BLOCKED, false, "why", 0}, out;
	struct sts_copies *copies = sts_copies_new(4);
	char name[32];
	int i, live = 0;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		route.life_ms = 1000 + i; /* the newest ends last */
		sts_copies_put(copies, name, &route, 0);
		assert_true(sts_copies_get(copies, name, 0, &out));
	}
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		live += sts_copies_get(copies, name, 0, &out);
	}
	assert_int_equal(live, 4);
	sts_copies_free(copies);
}

static void
test_wanted(void **state)
{
	struct sts_wanted *wanted = sts_wanted_new();
	int64_t now;

	(void)state;
	assert_true(sts_wanted_next(wanted) == INT64_MAX);
	assert_null(sts_wanted_take(wanted, INT64_MAX - 1));
	sts_wanted_add(wanted, "a.example", 0);
	sts_wanted_add(wanted, "b.example", 0);
	sts_wanted_add(wanted, "a.example", 1000);
	assert_null(sts_wanted_take(wanted, MINUTE - 1));
	assert_int_equal(sts_wanted_next(wanted), MINUTE);
	assert_string_equal(sts_wanted_take(wanted, MINUTE), "a.example");
	assert_string_equal(sts_wanted_take(wanted, MINUTE), "b.example");
	assert_null(sts_wanted_take(wanted, MINUTE));
	sts_wanted_drop(wanted, "a.example");
	sts_wanted_drop(wanted, "c.example");
	for (now = MINUTE + MINUTE; now < DAY; now += MINUTE)
		assert_string_equal(sts_wanted_take(wanted, now), "b.example");
	assert_string_equal(sts_wanted_take(wanted, DAY), "b.example");
	assert_true(sts_wanted_next(wanted) == INT64_MAX); /* a day is over */
	sts_wanted_free(wanted);
}

static void
test_wanted_are_bounded(void **state)
{
	struct sts_wanted *wanted = sts_wanted_new();
	char name[300];
	int i, due = 0;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sts_wanted_add(wanted, name, 0);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		sts_wanted_add(wanted, name, 0);
	}
	while (sts_wanted_take(wanted, MINUTE) != NULL)
		due++;
	assert_int_equal(due, 256);
	sts_wanted_free(wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes),
	    cmocka_unit_test(test_lives),
	    cmocka_unit_test(test_copies),
	    cmocka_unit_test(test_copies_are_bounded),
	    cmocka_unit_test(test_wanted),
	    cmocka_unit_test(test_wanted_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
