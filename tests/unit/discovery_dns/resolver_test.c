/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "canned.h"
#include "loop.h"
#include "sts/resolver.h"

#define LONG_TIME 8000

static struct loop loop;
static struct authority authority;
static struct sts_resolver *resolver;

/* What came back, copied out of the callback. */
struct got {
	int done;
	enum sts_dns_status status;
	uint32_t ttl;
	size_t n;
	char text[4096]; /* of the first TXT or MX */
	size_t length;
	char last[STS_DOMAIN_SIZE];
};

static struct sts_resolver *
resolver_of(const char *forwarder)
{
	struct sts_resolver_config config = {
	    .mode = STS_RESOLVER_FORWARD,
	    .forwarders = &forwarder,
	    .n_forwarders = 1,
	};
	struct sts_resolver *made;

	assert_int_equal(
	    sts_resolver_new(loop.base, &config, loop.clock, &loop.log, &made),
	    STS_OK);
	return made;
}

static int
setup(void **state)
{
	(void)state;
	loop_init(&loop);
	authority_init(&authority, &loop, canned, NULL);
	resolver = resolver_of(authority.address);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sts_resolver_free(resolver);
	authority_fini(&authority);
	loop_fini(&loop);
	return 0;
}

static void
keep(void *arg, const struct sts_dns_answer *answer)
{
	struct got *got = arg;

	assert_int_equal(got->done, 0);
	got->done = 1;
	got->status = answer->status;
	got->ttl = answer->ttl;
	got->n = answer->txt.n ? answer->txt.n : answer->n_mx;
	assert_false(answer->secure);
	if (answer->txt.n > 0) {
		got->length = answer->txt.rr[0].n;
		assert_true(got->length < sizeof(got->text));
		memcpy(got->text, answer->txt.rr[0].p, got->length);
	}
	if (answer->n_mx > 0) {
		(void)snprintf(
		    got->text, sizeof(got->text), "%s", answer->mx[0].host);
		(void)snprintf(got->last, sizeof(got->last), "%s",
		    answer->mx[answer->n_mx - 1].host);
	}
}

static struct got
txt_within(const char *name, int64_t milliseconds)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	if (dns.ops->txt(
		dns.ctx, name, loop_in(&loop, milliseconds), keep, &got))
		assert_int_equal(got.done, 0);
	loop_until(&loop, &got.done);
	assert_true(sts_resolver_idle(resolver));
	return got;
}

static void
assert_status(const char *name, enum sts_dns_status status)
{
	struct got got = txt_within(name, LONG_TIME);

	if (got.status != status)
		fail_msg("%s: status %d, not %d", name, (int)got.status,
		    (int)status);
}

static void
found(void **state)
{
	struct got got = txt_within("txt.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_in_range(got.ttl, 230, 240);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.text, "v=STSv1; id=1;");
	assert_string_equal(sts_resolver_state(resolver), "off");
	/* The second time it comes from the cache, in the same way. */
	got = txt_within("txt.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(authority.asked, 1);
}

static void
txt6_strings(void **state)
{
	struct got got = txt_within("strings.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.length, 600);
	assert_int_equal(got.text[199], 'a');
	assert_int_equal(got.text[200], 'b');
	assert_int_equal(got.text[599], 'a');
	got = txt_within("many.example", LONG_TIME);
	assert_int_equal(got.n, 40);
	got = txt_within("huge.example", LONG_TIME);
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
		got = txt_within(names[i], LONG_TIME);
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
	assert_status("loop-a.example", STS_DNS_SERVFAIL);
	assert_status("ring.example", STS_DNS_SERVFAIL);
}

static void
absent(void **state)
{
	struct got got = txt_within("absent.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 290, 300);
	got = txt_within("nodata.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 290, 300);
	got = txt_within("dangling.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 190, 200);
	assert_status("bare.example", STS_DNS_ABSENT);
}

/* TXT-10: none of these is an absence. */
static void
txt10_failures(void **state)
{
	(void)state;
	assert_status("servfail.example", STS_DNS_SERVFAIL);
	assert_status("refused.example", STS_DNS_SERVFAIL);
	assert_status("notimp.example", STS_DNS_SERVFAIL);
}

static void
txt10_timeout(void **state)
{
	struct got got = txt_within("timeout.example", 300);

	(void)state;
	assert_int_equal(got.status, STS_DNS_TIMEOUT);
	/* The deadline has passed already. */
	got = txt_within("timeout.example", -1);
	assert_int_equal(got.status, STS_DNS_TIMEOUT);
	/* The others are not held up by it. */
	assert_status("txt.example", STS_DNS_FOUND);
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
		got = txt_within(names[i], 1500);
		if (got.status != STS_DNS_SERVFAIL &&
		    got.status != STS_DNS_TIMEOUT)
			fail_msg("%s: status %d", names[i], (int)got.status);
	}
}

static void
truncated_goes_to_tcp(void **state)
{
	(void)state;
	assert_status("truncated.example", STS_DNS_FOUND);
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
	assert_status(name, STS_DNS_ABSENT);
	assert_int_equal(authority.asked, 0);
}

static struct got
mx_of(const char *name)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	(void)dns.ops->mx(dns.ctx, name, loop_in(&loop, LONG_TIME), keep, &got);
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
	assert_int_equal(mx_of("bad-mx.example").status, STS_DNS_SERVFAIL);
}

/* Cancelled: no callback comes, and nothing is left open. */
static void
cancel(void **state)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0}, other = {.done = 0};
	struct sts_dns_query *query = dns.ops->txt(
	    dns.ctx, "txt.example", loop_in(&loop, LONG_TIME), keep, &got);

	(void)state;
	assert_non_null(query);
	(void)dns.ops->txt(
	    dns.ctx, "txt.example", loop_in(&loop, LONG_TIME), keep, &other);
	dns.ops->cancel(dns.ctx, query);
	loop_until(&loop, &other.done);
	assert_int_equal(got.done, 0);
	assert_true(sts_resolver_idle(resolver));
}

/* A reload: the old one is freed with open questions beside a new one. */
static void
free_with_open_questions(void **state)
{
	struct sts_resolver *old = resolver;
	struct sts_dns dns = sts_resolver_dns(old);
	struct got got[3] = {{.done = 0}};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		(void)dns.ops->txt(dns.ctx, "timeout.example",
		    loop_in(&loop, LONG_TIME), keep, &got[i]);
	resolver = resolver_of(authority.address);
	assert_status("txt.example", STS_DNS_FOUND);
	assert_false(sts_resolver_idle(old));
	sts_resolver_free(old);
	for (i = 0; i < 3; i++) {
		assert_int_equal(got[i].done, 1);
		assert_int_equal(got[i].status, STS_DNS_LOCAL);
	}
	assert_status("absent.example", STS_DNS_ABSENT);
}

static void
free_inside(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	if (resolver == NULL)
		return;
	*(int *)arg = 1;
	assert_int_equal(answer->txt.n, 1);
	assert_true(sts_resolver_idle(resolver));
	/* Another question is open when it goes. */
	(void)dns.ops->txt(
	    dns.ctx, "timeout.example", loop_in(&loop, LONG_TIME), keep, &got);
	sts_resolver_free(resolver);
	resolver = NULL;
	assert_int_equal(got.status, STS_DNS_LOCAL);
	/* The answer outlives the resolver until we return. */
	assert_int_equal(answer->txt.rr[0].p[0], 'v');
}

static void
free_from_the_callback(void **state)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	int done = 0;

	(void)state;
	(void)dns.ops->txt(dns.ctx, "txt.example", loop_in(&loop, LONG_TIME),
	    free_inside, &done);
	loop_until(&loop, &done);
	assert_null(resolver);
}

static void
many_at_once(void **state)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	static struct got got[300];
	char name[64];
	size_t i;

	(void)state;
	memset(got, 0, sizeof(got));
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "txt.n%zu.example", i);
		(void)dns.ops->txt(
		    dns.ctx, name, loop_in(&loop, LONG_TIME), keep, &got[i]);
	}
	for (i = 0; i < 300; i++) {
		loop_until(&loop, &got[i].done);
		assert_int_equal(got[i].status, STS_DNS_FOUND);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
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
	    T(cancel),
	    T(free_with_open_questions),
	    T(free_from_the_callback),
	    T(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
