/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "validator.h"

struct signed_zones zones;
struct loop loop;
struct authority authority;
struct sts_resolver *resolver;

int
start_zones(void **state)
{
	(void)state;
	signed_start(&zones);
	return 0;
}

int
stop_zones(void **state)
{
	(void)state;
	signed_stop(&zones);
	return 0;
}

int
setup(void **state)
{
	(void)state;
	loop_init(&loop);
	authority_init(&authority, &loop, signed_answer, &zones);
	resolver = NULL;
	return 0;
}

int
teardown(void **state)
{
	(void)state;
	sts_resolver_free(resolver);
	authority_fini(&authority);
	loop_fini(&loop);
	return 0;
}

enum sts_err
try(const char *anchor)
{
	const char *forwarder = authority.address;
	struct sts_resolver_config config = {
	    .mode = STS_RESOLVER_FORWARD,
	    .forwarders = &forwarder,
	    .n_forwarders = 1,
	    .trust_anchor = anchor,
	};

	return sts_resolver_new(
	    loop.base, &config, loop.clock, &loop.log, &resolver);
}

void
begin(enum signed_mode mode, const char *anchor)
{
	zones.mode = mode;
	assert_int_equal(try(anchor), STS_OK);
	assert_string_equal(sts_resolver_state(resolver), "unknown");
}

void
keep(void *arg, const struct sts_dns_answer *answer)
{
	struct got *got = arg;

	got->done = 1;
	got->status = answer->status;
	got->secure = answer->secure;
	got->ttl = answer->ttl;
	if (answer->txt.n > 0)
		(void)snprintf(got->text, sizeof(got->text), "%.*s",
		    (int)answer->txt.rr[0].n, answer->txt.rr[0].p);
}

struct got
txt_within(const char *name, int64_t milliseconds)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	(void)dns.ops->txt(
	    dns.ctx, name, loop_in(&loop, milliseconds), keep, &got);
	loop_until(&loop, &got.done);
	return got;
}

struct got
txt(const char *name)
{
	return txt_within(name, LONG_TIME);
}

void
assert_state(const char *want)
{
	assert_string_equal(sts_resolver_state(resolver), want);
}

void
ask_txt(const char *name, int64_t milliseconds, struct got *got)
{
	struct sts_dns dns = sts_resolver_dns(resolver);

	memset(got, 0, sizeof(*got));
	(void)dns.ops->txt(
	    dns.ctx, name, loop_in(&loop, milliseconds), keep, got);
}
