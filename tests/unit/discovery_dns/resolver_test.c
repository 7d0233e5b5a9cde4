/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "asker.h"

static void
found(void **state)
{
	struct got got = asker_txt("txt.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_in_range(got.ttl, 230, 240);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.text, "v=STSv1; id=1;");
	assert_string_equal(sts_resolver_state(resolver), "off");
	/* The second time it comes from the cache, in the same way. */
	got = asker_txt("txt.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(authority.asked, 1);
}

static void
txt6_strings(void **state)
{
	struct got got = asker_txt("strings.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.length, 600);
	assert_int_equal(got.text[199], 'a');
	assert_int_equal(got.text[200], 'b');
	assert_int_equal(got.text[599], 'a');
	got = asker_txt("many.example", LONG_TIME);
	assert_int_equal(got.n, 40);
	got = asker_txt("huge.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, 220);
	assert_true(authority.asked_tcp > 0);
}

static void
txt7_cnames(void **state)
{
	static const char *const names[] = {
	    "c1.example", "w1.example", "under.old.example"};
	struct got got;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		got = asker_txt(names[i], LONG_TIME);
		if (got.status != STS_DNS_FOUND)
			fail_msg("%s: status %d", names[i], (int)got.status);
		assert_string_equal(got.text, "v=STSv1; id=1;");
		/* libunbound 1.17 makes the CNAME of a DNAME with TTL 0. */
		if (i < 2)
			assert_in_range(got.ttl, 190, 200);
		else
			assert_true(got.ttl <= 200);
	}
}

static void
txt7_cname_loops(void **state)
{
	(void)state;
	asker_expect("loop-a.example", STS_DNS_SERVFAIL);
	asker_expect("ring.example", STS_DNS_SERVFAIL);
}

static void
absent(void **state)
{
	struct got got = asker_txt("absent.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 290, 300);
	got = asker_txt("nodata.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 290, 300);
	got = asker_txt("dangling.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 190, 200);
	asker_expect("bare.example", STS_DNS_ABSENT);
}

/* TXT-10: none of these is an absence. */
static void
txt10_failures(void **state)
{
	(void)state;
	asker_expect("servfail.example", STS_DNS_SERVFAIL);
	asker_expect("refused.example", STS_DNS_SERVFAIL);
	asker_expect("notimp.example", STS_DNS_SERVFAIL);
}

static void
txt10_timeout(void **state)
{
	struct got got = asker_txt("timeout.example", 300);

	(void)state;
	assert_int_equal(got.status, STS_DNS_TIMEOUT);
	/* The deadline has passed already. */
	got = asker_txt("timeout.example", -1);
	assert_int_equal(got.status, STS_DNS_TIMEOUT);
	/* The others are not held up by it. */
	asker_expect("txt.example", STS_DNS_FOUND);
}

/* TXT-10: packets that lie are failures or unanswered, never absences. */
static void
txt10_broken_packets(void **state)
{
	static const char *const names[] = {
	    "liar.example", "cut.example", "pointer.example", "stuck.example"};
	struct got got;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		got = asker_txt(names[i], 1500);
		if (got.status != STS_DNS_SERVFAIL &&
		    got.status != STS_DNS_TIMEOUT)
			fail_msg("%s: status %d", names[i], (int)got.status);
	}
}

static void
truncated_goes_to_tcp(void **state)
{
	(void)state;
	asker_expect("truncated.example", STS_DNS_FOUND);
	assert_int_equal(authority.asked_tcp, 1);
}

/* A name too long for the DNS has no records. */
static void
name_too_long(void **state)
{
	char name[260];
	size_t i;

	(void)state;
	for (i = 0; i < 254; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[254] = '\0';
	asker_expect(name, STS_DNS_ABSENT);
	assert_int_equal(authority.asked, 0);
}

static struct got
mx_of(const char *name)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	(void)dns.ops->mx(
	    dns.ctx, name, loop_in(&loop, LONG_TIME), asker_keep, &got);
	loop_until(&loop, &got.done);
	return got;
}

static void
mx(void **state)
{
	struct got got = mx_of("mx.example");

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, 2);
	assert_string_equal(got.text, "mx1.example");
	assert_string_equal(got.last, "mx2.example");
	got = mx_of("null-mx.example");
	assert_int_equal(got.n, 1);
	assert_string_equal(got.text, "");
	assert_int_equal(mx_of("nodata.example").status, STS_DNS_ABSENT);
	/* What we cannot read is not absent. */
	got = mx_of("bad-mx.example");
	assert_int_equal(got.status, STS_DNS_SERVFAIL);
	assert_string_equal(got.text, "192.0.2.1");
}

static void
tlsa(void **state)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	(void)state;
	(void)dns.ops->tlsa(dns.ctx, "tlsa.example", loop_in(&loop, LONG_TIME),
	    asker_keep, &got);
	loop_until(&loop, &got.done);
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.text, "digest");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, asker_setup, asker_teardown)
	const struct CMUnitTest tests[] = {
	    T(found),
	    T(txt6_strings),
	    T(txt7_cnames),
	    T(txt7_cname_loops),
	    T(absent),
	    T(txt10_failures),
	    T(txt10_timeout),
	    T(txt10_broken_packets),
	    T(truncated_goes_to_tcp),
	    T(name_too_long),
	    T(mx),
	    T(tlsa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
