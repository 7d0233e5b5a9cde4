/* SPDX-License-Identifier: ISC */
/* TXT-10: what we lack ourselves is never the domain's failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>
#include <unbound-event.h>
#include <cmocka.h>

#include "asker.h"
#include "resolver_impl.h"

#define CROWD 768 /* three quarters of 1024 */

/* Each of them reached the name server, or not. */
static struct {
	bool silent;
	bool seen[CROWD];
} wire;

static bool fail_ask, fail_read;

int __real_ub_resolve_event(struct ub_ctx *ctx, const char *name, int type,
    int class, void *arg, ub_event_callback_type cb, int *id);
int __wrap_ub_resolve_event(struct ub_ctx *ctx, const char *name, int type,
    int class, void *arg, ub_event_callback_type cb, int *id);
enum sts_err __real_sts_wire_answer(const unsigned char *packet, size_t n,
    unsigned type, struct sts_wire_answer *out);
enum sts_err __wrap_sts_wire_answer(const unsigned char *packet, size_t n,
    unsigned type, struct sts_wire_answer *out);

int
__wrap_ub_resolve_event(struct ub_ctx *ctx, const char *name, int type,
    int class, void *arg, ub_event_callback_type cb, int *id)
{
	if (fail_ask)
		return UB_NOMEM;
	return __real_ub_resolve_event(ctx, name, type, class, arg, cb, id);
}

enum sts_err
__wrap_sts_wire_answer(const unsigned char *packet, size_t n, unsigned type,
    struct sts_wire_answer *out)
{
	if (fail_read)
		return STS_ENOMEM;
	return __real_sts_wire_answer(packet, n, type, out);
}

static bool
slow(void *arg, const struct authority_question *asked, struct packet *packet)
{
	static const char prefix[] = "nodata.n";
	unsigned long i;

	if (strncmp(asked->name, prefix, sizeof(prefix) - 1) == 0) {
		i = strtoul(asked->name + sizeof(prefix) - 1, NULL, 10);
		assert_true(i < CROWD);
		wire.seen[i] = true;
		if (wire.silent)
			return false;
	}
	return canned(arg, asked, packet);
}

static int
setup(void **state)
{
	fail_ask = fail_read = false;
	memset(&wire, 0, sizeof(wire));
	return asker_setup(state);
}

/* So many ask and nobody answers; each is given up after its deadline. */
static void
crowd(size_t n, int64_t milliseconds, struct got *got)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	char name[64];
	size_t i;

	wire.silent = true;
	authority.answer = slow;
	memset(got, 0, n * sizeof(*got));
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "nodata.n%zu.example", i);
		(void)dns.ops->txt(dns.ctx, name, loop_in(&loop, milliseconds),
		    asker_keep, &got[i]);
		/* The name server's buffer does not hold all of them. */
		while (!wire.seen[i] && !got[i].done)
			(void)event_base_loop(loop.base, EVLOOP_ONCE);
	}
}

static void
all_end_as(const struct got *got, size_t n, enum sts_dns_status status)
{
	size_t i;

	for (i = 0; i < n; i++) {
		loop_until(&loop, &got[i].done);
		assert_int_equal(got[i].status, status);
	}
}

/*
 * Others' silence takes what libunbound has; who comes then is told at once
 * that it is us. When libunbound is through with them all is well again.
 */
static void
txt10_no_socket_left(void **state)
{
	static struct got got[CROWD];
	size_t n = resolver->upstream->max;
	struct got late;

	(void)state;
	assert_in_range(n, 200, CROWD);
	crowd(n, LONG_TIME, got);
	loop_skip(&loop, LONG_TIME);
	all_end_as(got, n, STS_DNS_TIMEOUT);
	assert_true(sts_resolver_idle(resolver));
	late = asker_txt("txt.example", LONG_TIME);
	assert_int_equal(late.status, STS_DNS_LOCAL);
	wire.silent = false;
	while (resolver->upstream->n_asks > 0)
		(void)event_base_loop(loop.base, EVLOOP_ONCE);
	asker_expect("txt.example", STS_DNS_FOUND);
}

/* Cancelled ones count as well, and go with the resolver. */
static void
txt10_cancelled_keep_their_socket(void **state)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};
	struct sts_dns_query *query;

	(void)state;
	query = dns.ops->txt(dns.ctx, "timeout.example",
	    loop_in(&loop, LONG_TIME), asker_keep, &got);
	dns.ops->cancel(dns.ctx, query);
	assert_int_equal(resolver->upstream->open, 0);
	assert_int_equal(resolver->upstream->n_asks, 1);
	asker_expect("txt.example", STS_DNS_FOUND);
	assert_int_equal(resolver->upstream->n_asks, 1);
	assert_int_equal(got.done, 0);
}

/* libunbound would not take the question, or its answer finds no memory. */
static void
txt10_our_own_fault(void **state)
{
	(void)state;
	fail_ask = true;
	asker_expect("txt.example", STS_DNS_LOCAL);
	assert_int_equal(resolver->upstream->n_asks, 0);
	fail_ask = false;
	fail_read = true;
	asker_expect("txt.example", STS_DNS_LOCAL);
	fail_read = false;
	asker_expect("txt.example", STS_DNS_FOUND);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, asker_teardown)
	const struct CMUnitTest tests[] = {
	    T(txt10_no_socket_left),
	    T(txt10_cancelled_keep_their_socket),
	    T(txt10_our_own_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
