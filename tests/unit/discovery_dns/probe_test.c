/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "validator.h"

static void
down_at_start(void **state)
{
	struct got got;

	(void)state;
	loop_expect(&loop, "resolver-probe-failed");
	loop_expect(&loop, "resolver-dnssec");
	begin(SIGNED_DOWN, zones.root_key);
	got = txt_within("_mta-sts.secure.example", 200);
	assert_int_equal(got.status, STS_DNS_LOCAL);
	assert_state("unknown");
	/* The probe's time is up: so is that of those who wait for it. */
	loop_skip(&loop, 5000);
	got = txt("_mta-sts.secure.example");
	assert_int_equal(got.status, STS_DNS_LOCAL);
	zones.mode = SIGNED_FAIL;
	loop_skip(&loop, 1000);
	got = txt("_mta-sts.nobody.example");
	assert_int_equal(got.status, STS_DNS_LOCAL);
	assert_state("unknown");
	zones.mode = SIGNED_PASS;
	loop_skip(&loop, 2000);
	got = txt("_mta-sts.secure.example");
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_true(got.secure);
	assert_state("validating");
}

/* Keys refused for good, all else answered: as stripped, not as down. */
static void
keys_refused(void **state)
{
	struct got got;
	int i;

	(void)state;
	loop_expect(&loop, "resolver-probe-failed");
	loop_expect(&loop, "resolver-no-dnssec");
	begin(SIGNED_FAIL_KEYS, zones.root_key);
	for (i = 0; i < 3; i++) {
		got = txt("_mta-sts.secure.example");
		assert_int_equal(got.status, STS_DNS_LOCAL);
		assert_state("unknown");
		loop_skip(&loop, 8000);
	}
	got = txt("_mta-sts.secure.example");
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_state("stripped");
}

/*
 * TXT-10: the keys get lost on the way, all else would be answered. What was
 * never asked has not timed out, and is told before the engine gives up.
 */
static void
txt10_keys_lost(void **state)
{
	struct got first, second;

	(void)state;
	loop_expect(&loop, "resolver-probe-failed");
	begin(SIGNED_DROP_KEYS, zones.root_key);
	ask_txt("_mta-sts.secure.example", 5000, &first);
	ask_txt("_mta-sts.secure.example", 60000, &second);
	loop_skip(&loop, 4000);
	loop_until(&loop, &first.done);
	loop_until(&loop, &second.done);
	assert_int_equal(first.status, STS_DNS_LOCAL);
	assert_int_equal(second.status, STS_DNS_LOCAL);
	/* Between two probes. */
	loop_skip(&loop, 1000);
	ask_txt("_mta-sts.secure.example", 60000, &first);
	loop_skip(&loop, 4000);
	loop_until(&loop, &first.done);
	assert_int_equal(first.status, STS_DNS_LOCAL);
	assert_state("unknown");
}

/* TXT-10: asked late, by us; then their silence is no time-out of theirs. */
static void
txt10_asked_late(void **state)
{
	struct got got;
	int i;

	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	begin(SIGNED_DOWN, zones.root_key);
	ask_txt("_mta-sts.secure.example", 5000, &got);
	(void)event_base_loop(loop.base, EVLOOP_ONCE);
	zones.mode = SIGNED_ONLY_KEYS;
	loop_skip(&loop, 2000);
	for (i = 0; i < 1000 && sts_resolver_state(resolver)[0] == 'u'; i++)
		(void)event_base_loop(loop.base, EVLOOP_ONCE);
	assert_state("validating");
	assert_int_equal(got.done, 0);
	loop_skip(&loop, 3000);
	loop_until(&loop, &got.done);
	assert_int_equal(got.status, STS_DNS_LOCAL);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(down_at_start),
	    T(keys_refused),
	    T(txt10_keys_lost),
	    T(txt10_asked_late),
	};

	return cmocka_run_group_tests(tests, start_zones, stop_zones);
}
