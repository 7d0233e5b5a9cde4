/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "asker.h"

struct loop loop;
struct authority authority;
struct sts_resolver *resolver;

struct sts_resolver *
asker_resolver(const char *forwarder)
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

int
asker_setup(void **state)
{
	(void)state;
	loop_init(&loop);
	authority_init(&authority, &loop, canned, NULL);
	resolver = asker_resolver(authority.address);
	return 0;
}

int
asker_teardown(void **state)
{
	(void)state;
	sts_resolver_free(resolver);
	authority_fini(&authority);
	loop_fini(&loop);
	return 0;
}

void
asker_keep(void *arg, const struct sts_dns_answer *answer)
{
	struct got *got = arg;

	assert_int_equal(got->done, 0);
	got->done = 1;
	got->status = answer->status;
	got->ttl = answer->ttl;
	got->n = answer->txt.n + answer->n_mx + answer->n_tlsa;
	assert_false(answer->secure);
	if (answer->txt.n > 0) {
		got->length = answer->txt.rr[0].n;
		assert_true(got->length < sizeof(got->text));
		memcpy(got->text, answer->txt.rr[0].p, got->length);
	}
	if (answer->n_tlsa > 0)
		(void)sts_str_escape(
		    answer->tlsa[0].data, got->text, sizeof(got->text));
	if (answer->mx_bad != NULL)
		(void)snprintf(
		    got->text, sizeof(got->text), "%s", answer->mx_bad->host);
	if (answer->n_mx > 0) {
		(void)snprintf(
		    got->text, sizeof(got->text), "%s", answer->mx[0].host);
		(void)snprintf(got->last, sizeof(got->last), "%s",
		    answer->mx[answer->n_mx - 1].host);
	}
}

struct got
asker_txt(const char *name, int64_t milliseconds)
{
	struct sts_dns dns = sts_resolver_dns(resolver);
	struct got got = {.done = 0};

	if (dns.ops->txt(
		dns.ctx, name, loop_in(&loop, milliseconds), asker_keep, &got))
		assert_int_equal(got.done, 0);
	loop_until(&loop, &got.done);
	assert_true(sts_resolver_idle(resolver));
	return got;
}

void
asker_expect(const char *name, enum sts_dns_status status)
{
	struct got got = asker_txt(name, LONG_TIME);

	if (got.status != status)
		fail_msg("%s: status %d, not %d", name, (int)got.status,
		    (int)status);
}
