/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "asker.h"

/* Cancelled: no callback comes, and nothing is left open. */
static void
cancel(void **state)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0}, other = {.done = 0};
	struct sts_dns_query *query = dns.ops->txt(dns.ctx, "txt.example",
	    loop_in(&loop, LONG_TIME), asker_keep, &got);

	(void)state;
	assert_non_null(query);
	(void)dns.ops->txt(dns.ctx, "txt.example", loop_in(&loop, LONG_TIME),
	    asker_keep, &other);
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
		    loop_in(&loop, LONG_TIME), asker_keep, &got[i]);
	resolver = asker_resolver(authority.address);
	asker_expect("txt.example", STS_DNS_FOUND);
	assert_false(sts_resolver_idle(old));
	sts_resolver_free(old);
	for (i = 0; i < 3; i++) {
		assert_int_equal(got[i].done, 1);
		assert_int_equal(got[i].status, STS_DNS_LOCAL);
	}
	asker_expect("absent.example", STS_DNS_ABSENT);
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
	(void)dns.ops->txt(dns.ctx, "timeout.example",
	    loop_in(&loop, LONG_TIME), asker_keep, &got);
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
		(void)dns.ops->txt(dns.ctx, name, loop_in(&loop, LONG_TIME),
		    asker_keep, &got[i]);
	}
	for (i = 0; i < 300; i++) {
		loop_until(&loop, &got[i].done);
		assert_int_equal(got[i].status, STS_DNS_FOUND);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, asker_setup, asker_teardown)
	const struct CMUnitTest tests[] = {
	    T(cancel),
	    T(free_with_open_questions),
	    T(free_from_the_callback),
	    T(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
