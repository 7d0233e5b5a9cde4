/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "validator.h"

static void
secure(void **state)
{
	struct got got;

	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	begin(SIGNED_PASS, zones.root_key);
	got = txt("_mta-sts.secure.example");
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_true(got.secure);
	assert_string_equal(got.text, "v=STSv1; id=secure;");
	assert_state("validating");
	/* TXT-7 under DNSSEC. */
	got = txt("_mta-sts.alias.example");
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_true(got.secure);
	got = txt("_mta-sts.nobody.example");
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_true(got.secure);
	assert_in_range(got.ttl, 290, 300);
}

static void
insecure_delegation(void **state)
{
	struct got got;

	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	begin(SIGNED_PASS, zones.root_key);
	got = txt("_mta-sts.unsigned.example");
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_false(got.secure);
	assert_string_equal(got.text, "v=STSv1; id=unsigned;");
	assert_int_equal(txt("absent.unsigned.example").status, STS_DNS_ABSENT);
}

/* TXT-10: a forged record and a forged absence are both bogus. */
static void
txt10_bogus(void **state)
{
	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	loop_expect(&loop, "dnssec-bogus");
	begin(SIGNED_PASS, zones.root_key);
	assert_int_equal(txt("_mta-sts.forged.example").status, STS_DNS_BOGUS);
	assert_int_equal(txt("_mta-sts.gone.example").status, STS_DNS_BOGUS);
	/* Again, now that libunbound knows it. */
	assert_int_equal(txt("_mta-sts.forged.example").status, STS_DNS_BOGUS);
	assert_int_equal(txt("_mta-sts.secure.example").status, STS_DNS_FOUND);
	assert_state("validating");
}

static void
keep_addresses(void *arg, const struct sts_address_answer *answer)
{
	struct got *got = arg;

	got->done = 1;
	got->status = answer->status;
	got->secure = answer->secure;
}

static enum sts_dns_status
lookup(const char *host)
{
	struct sts_addresses addresses = sts_resolver_addresses(resolver);
	struct got got = {.done = 0};

	(void)addresses.ops->lookup(addresses.ctx, host,
	    loop_in(&loop, LONG_TIME), keep_addresses, &got);
	loop_until(&loop, &got.done);
	if (got.status == STS_DNS_FOUND)
		assert_true(got.secure);
	return got.status;
}

static void
bogus_addresses(void **state)
{
	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	loop_expect(&loop, "dnssec-bogus");
	begin(SIGNED_PASS, zones.root_key);
	assert_int_equal(lookup("_mta-sts.gone.example"), STS_DNS_BOGUS);
	/* A is forged, AAAA is proved absent. */
	assert_int_equal(lookup("half.example"), STS_DNS_BOGUS);
	assert_int_equal(lookup("ns.example"), STS_DNS_FOUND);
}

/* An anchor that is of somebody else: bogus, and not taken for stripped. */
static void
wrong_anchor(void **state)
{
	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	loop_expect(&loop, "dnssec-bogus");
	begin(SIGNED_PASS, zones.other_key);
	assert_int_equal(txt("_mta-sts.secure.example").status, STS_DNS_BOGUS);
	assert_int_equal(txt("_mta-sts.nobody.example").status, STS_DNS_BOGUS);
	assert_state("validating");
}

/* Where signatures are stripped nothing is bogus, and it is said. */
static void
stripped(void **state)
{
	struct got got;

	(void)state;
	loop_expect(&loop, "resolver-no-dnssec");
	begin(SIGNED_STRIP, zones.root_key);
	got = txt("_mta-sts.secure.example");
	assert_int_equal(got.status, STS_DNS_FOUND);
	assert_false(got.secure);
	assert_state("stripped");
	got = txt("_mta-sts.nobody.example");
	assert_int_equal(got.status, STS_DNS_ABSENT);
	assert_in_range(got.ttl, 290, 300);
}

/* The name servers change while we run, and change back. */
static void
begins_to_strip(void **state)
{
	int i;

	(void)state;
	loop_expect(&loop, "resolver-dnssec");
	loop_expect(&loop, "dnssec-bogus");
	loop_expect(&loop, "resolver-no-dnssec");
	begin(SIGNED_PASS, zones.root_key);
	assert_int_equal(txt("_mta-sts.secure.example").status, STS_DNS_FOUND);
	zones.mode = SIGNED_STRIP;
	loop_skip(&loop, 60000);
	assert_int_equal(txt("_mta-sts.alias.example").status, STS_DNS_BOGUS);
	for (i = 0; i < 100 && sts_resolver_state(resolver)[0] == 'v'; i++)
		(void)event_base_loop(loop.base, EVLOOP_ONCE);
	assert_state("stripped");
	assert_int_equal(txt("_mta-sts.alias.example").status, STS_DNS_FOUND);
	zones.mode = SIGNED_PASS;
	loop_skip(&loop, 300000);
	for (i = 0; i < 100 && sts_resolver_state(resolver)[0] == 's'; i++)
		(void)event_base_loop(loop.base, EVLOOP_ONCE);
	assert_state("validating");
	assert_int_equal(txt("_mta-sts.forged.example").status, STS_DNS_BOGUS);
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* What cannot be an anchor is said at once; it must not switch anything off. */
static void
anchor_unusable(void **state)
{
	static const char *const texts[] = {"", "; DNSKEY\n",
	    ". IN DNSKEY 257 3 13 !!\n", ". IN DNSKEY 257 3 13 AwEA\n",
	    ". IN DS\n", "no DS here\n",
	    ". IN DNSKEY 257 3 99 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMg==\n",
	    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BB\n"};
	char path[96];
	size_t i;

	(void)state;
	loop_expect(&loop, "resolver-config");
	(void)snprintf(path, sizeof(path), "%s/bad.key", zones.dir);
	assert_int_equal(try(path), STS_EINVAL);
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		write_file(path, texts[i]);
		if (try(path) != STS_EINVAL)
			fail_msg("taken for an anchor: %s", texts[i]);
	}
	assert_null(resolver);
}

static void
freed_while_probing(void **state)
{
	struct sts_dns dns;
	struct got got = {.done = 0};

	(void)state;
	begin(SIGNED_DOWN, zones.root_key);
	dns = sts_resolver_dns(resolver);
	(void)dns.ops->txt(dns.ctx, "_mta-sts.secure.example",
	    loop_in(&loop, LONG_TIME), keep, &got);
	(void)txt_within("_mta-sts.secure.example", 50);
	sts_resolver_free(resolver);
	resolver = NULL;
	assert_int_equal(got.status, STS_DNS_LOCAL);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(secure),
	    T(insecure_delegation),
	    T(txt10_bogus),
	    T(bogus_addresses),
	    T(wrong_anchor),
	    T(stripped),
	    T(begins_to_strip),
	    T(anchor_unusable),
	    T(freed_while_probing),
	};

	return cmocka_run_group_tests(tests, start_zones, stop_zones);
}
