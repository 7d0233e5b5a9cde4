/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "canned.h"
#include "loop.h"
#include "sts/resolver.h"

#define LONG_TIME 8000
#define SLOW      50 /* times: what the other family has is ten seconds */

static struct loop loop;
static struct authority authority;
static struct sts_resolver *resolver;
static struct sts_addresses addresses;

struct got {
	int done;
	enum sts_dns_status status;
	size_t n;
	size_t n_ipv4;
	size_t n_ipv6;
	sa_family_t first;
	char canonical[STS_DOMAIN_SIZE];
};

static int
setup(void **state)
{
	const char *forwarder = authority.address;
	struct sts_resolver_config config = {
	    .mode = STS_RESOLVER_FORWARD,
	    .forwarders = &forwarder,
	    .n_forwarders = 1,
	};

	(void)state;
	loop_init(&loop);
	authority_init(&authority, &loop, canned, NULL);
	assert_int_equal(sts_resolver_new(loop.base, &config, loop.clock,
			     &loop.log, &resolver),
	    STS_OK);
	addresses = sts_resolver_addresses(resolver);
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
keep(void *arg, const struct sts_address_answer *answer)
{
	struct got *got = arg;
	size_t i;

	assert_int_equal(got->done, 0);
	got->done = 1;
	got->status = answer->status;
	got->n = answer->n;
	for (i = 0; i < answer->n; i++) {
		got->n_ipv4 += answer->addr[i].ss_family == AF_INET;
		got->n_ipv6 += answer->addr[i].ss_family == AF_INET6;
	}
	got->first = answer->n ? answer->addr[0].ss_family : AF_UNSPEC;
	assert_false(answer->secure);
	if (answer->canonical != NULL)
		(void)snprintf(got->canonical, sizeof(got->canonical), "%s",
		    answer->canonical);
}

static struct got
lookup(const char *host, int64_t milliseconds)
{
	struct got got = {.done = 0};

	(void)addresses.ops->lookup(
	    addresses.ctx, host, loop_in(&loop, milliseconds), keep, &got);
	loop_until(&loop, &got.done);
	return got;
}

static void
one_family(void **state)
{
	struct got got = lookup("a.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.n_ipv4, 1);
	assert_string_equal(got.canonical, "");
	got = lookup("alias.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_string_equal(got.canonical, "a.example");
}

/* Twenty of one family do not push out the one of the other. */
static void
both_families_mixed(void **state)
{
	struct got got;

	(void)state;
	loop_slow(&loop, SLOW);
	got = lookup("both.example", LONG_TIME);
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n, STS_ADDRESSES_MAX);
	assert_int_equal(got.n_ipv4, 1);
	assert_int_equal(got.n_ipv6, STS_ADDRESSES_MAX - 1);
	assert_int_equal(got.first, AF_INET6);
}

/* Servers that drop AAAA do not cost the deadline. */
static void
other_family_dropped(void **state)
{
	int64_t begun = loop_in(&loop, 0);
	struct got got = lookup("only-a.example", LONG_TIME);

	(void)state;
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_int_equal(got.n_ipv4, 1);
	assert_true(loop_in(&loop, 0) - begun < LONG_TIME / 2);
}

static void
statuses(void **state)
{
	(void)state;
	assert_int_equal(
	    lookup("absent.example", LONG_TIME).status, STS_DNS_ABSENT);
	assert_int_equal(
	    lookup("nodata.example", LONG_TIME).status, STS_DNS_ABSENT);
	/* Half a failure is not an absence. */
	assert_int_equal(
	    lookup("bad-aaaa.example", LONG_TIME).status, STS_DNS_SERVFAIL);
	assert_int_equal(
	    lookup("servfail.example", LONG_TIME).status, STS_DNS_SERVFAIL);
	assert_int_equal(
	    lookup("timeout.example", 200).status, STS_DNS_TIMEOUT);
}

static void
cancel(void **state)
{
	struct got got = {.done = 0};
	struct sts_address_query *query;

	(void)state;
	loop_slow(&loop, SLOW);
	query = addresses.ops->lookup(addresses.ctx, "both.example",
	    loop_in(&loop, LONG_TIME), keep, &got);
	assert_non_null(query);
	addresses.ops->cancel(addresses.ctx, query);
	assert_true(sts_resolver_idle(resolver));
	/* In the middle too: one family is there, the other awaited. */
	query = addresses.ops->lookup(addresses.ctx, "only-a.example",
	    loop_in(&loop, LONG_TIME), keep, &got);
	assert_int_equal(lookup("a.example", LONG_TIME).status, STS_DNS_FOUND);
	assert_int_equal(got.done, 0);
	addresses.ops->cancel(addresses.ctx, query);
	assert_true(sts_resolver_idle(resolver));
}

static void
freed_while_open(void **state)
{
	struct got got = {.done = 0}, half = {.done = 0};

	(void)state;
	(void)addresses.ops->lookup(addresses.ctx, "timeout.example",
	    loop_in(&loop, LONG_TIME), keep, &got);
	(void)addresses.ops->lookup(addresses.ctx, "only-a.example",
	    loop_in(&loop, LONG_TIME), keep, &half);
	sts_resolver_free(resolver);
	resolver = NULL;
	assert_int_equal(got.done, 1);
	assert_int_equal(got.status, STS_DNS_LOCAL);
	assert_int_equal(half.done, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(one_family),
	    T(both_families_mixed),
	    T(other_family_dropped),
	    T(statuses),
	    T(cancel),
	    T(freed_while_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
