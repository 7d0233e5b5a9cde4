/* SPDX-License-Identifier: ISC */
/* One domain's day: what is counted, how texts are kept, what is too much. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "tally_parts.h"

static struct sts_tally *tally;

static int
begin(void **state)
{
	(void)state;
	tally = sts_tally_new("a.example", DAY);
	return tally == NULL;
}

static int
end(void **state)
{
	(void)state;
	check_sums(tally);
	sts_tally_free(tally);
	return 0;
}

static const struct sts_tally_detail *
only_detail(void)
{
	assert_int_equal(tally->n_policy, 1);
	assert_int_equal(tally->policy[0].n_detail, 1);
	return &tally->policy[0].detail[0];
}

static void
names(void **state)
{
	enum sts_result_type result;
	enum sts_policy_type policy;

	(void)state;
	for (int i = 0; i < STS_RESULT_TYPES; i++) {
		assert_int_equal(sts_result_type_parse(
				     sts_str(sts_result_type_name(i)), &result),
		    STS_OK);
		assert_int_equal(result, i);
	}
	for (int i = 0; i < STS_POLICY_TYPES; i++) {
		assert_int_equal(sts_policy_type_parse(
				     sts_str(sts_policy_type_name(i)), &policy),
		    STS_OK);
		assert_int_equal(policy, i);
	}
	assert_int_equal(
	    sts_result_type_parse(sts_str("Success"), &result), STS_ESYNTAX);
	assert_int_equal(
	    sts_policy_type_parse(sts_str(""), &policy), STS_ESYNTAX);
}

/* The same failure is one detail, whatever came between. */
static void
counted(void **state)
{
	struct sts_tls_result good = success();
	struct sts_tls_result bad =
	    failure(STS_RESULT_CERTIFICATE_EXPIRED, "mx.a.example");
	struct sts_tls_result other =
	    failure(STS_RESULT_CERTIFICATE_EXPIRED, "mx2.a.example");

	(void)state;
	add_times(tally, &good, 5);
	add_times(tally, &bad, 2);
	add_times(tally, &other, 3);
	add_times(tally, &bad, 2);
	assert_int_equal(tally->n_policy, 1);
	assert_int_equal(tally->policy[0].successful, 5);
	assert_int_equal(tally->policy[0].failed, 7);
	assert_int_equal(tally->policy[0].n_detail, 2);
	assert_string_equal(tally->policy[0].detail[0].mx, "mx.a.example");
	assert_int_equal(tally->policy[0].detail[0].sessions, 4);
	assert_string_equal(tally->policy[0].detail[1].mx, "mx2.a.example");
	assert_int_equal(tally->policy[0].detail[1].sessions, 3);
}

/* Each text of its own makes another detail, and the type does. */
static void
told_apart(void **state)
{
	struct sts_tls_result r = failure(STS_RESULT_VALIDATION_FAILURE, "m");
	struct sts_str *texts[] = {
	    &r.mx, &r.sending_ip, &r.receiving_ip, &r.helo, &r.reason};

	(void)state;
	add(tally, &r);
	for (size_t i = 0; i < 5; i++) {
		*texts[i] = sts_str("x");
		add(tally, &r);
		assert_int_equal(tally->policy[0].n_detail, 2 + i);
	}
	r.result = STS_RESULT_CERTIFICATE_EXPIRED;
	add(tally, &r);
	assert_int_equal(tally->policy[0].n_detail, 7);
}

/* Two policies in one day, one without, and DANE: each under its own. */
static void
policies(void **state)
{
	static const char newer[] = "version: STSv1\nmode: enforce\n"
				    "mx: new.a.example\nmax_age: 86400\n";
	struct sts_tls_result r = success();

	(void)state;
	add(tally, &r);
	r.policy = sts_str(newer);
	add_times(tally, &r, 2);
	r.policy_type = STS_POLICY_TLSA;
	r.policy = sts_str("3 1 1 AB\n");
	add_times(tally, &r, 3);
	r.policy_type = STS_POLICY_NOT_FOUND;
	add_times(tally, &r, 4);
	r.policy_type = STS_POLICY_STS;
	r.policy = sts_str("");
	r.result = STS_RESULT_STS_POLICY_FETCH_ERROR;
	add_times(tally, &r, 5);
	assert_int_equal(tally->n_policy, 5);
	assert_int_equal(tally->policy[0].type, STS_POLICY_TLSA);
	assert_int_equal(tally->policy[1].n_text, 0);
	assert_int_equal(tally->policy[1].failed, 5);
	assert_int_equal(tally->policy[2].successful, 2);
	assert_memory_equal(tally->policy[2].text, newer, sizeof(newer) - 1);
	assert_int_equal(tally->policy[3].successful, 1);
	assert_int_equal(tally->policy[4].type, STS_POLICY_NOT_FOUND);
	assert_int_equal(tally->policy[4].n_text, 0);
	assert_int_equal(sessions(tally), 15);
}

/* RPT-13: mode none is as no policy at all. */
static void
mode_none(void **state)
{
	struct sts_tls_result r = success();

	(void)state;
	r.policy = sts_str("version: STSv1\nmode: none\nmax_age: 86400\n");
	add(tally, &r);
	r.policy_type = STS_POLICY_NOT_FOUND;
	add(tally, &r);
	assert_int_equal(tally->n_policy, 1);
	assert_int_equal(tally->policy[0].type, STS_POLICY_NOT_FOUND);
	assert_int_equal(tally->policy[0].successful, 2);
}

/* Controls, UTF-8 and NUL are escaped; the policy stays to the octet. */
static void
hostile_texts(void **state)
{
	struct sts_tls_result r = failure(STS_RESULT_VALIDATION_FAILURE, "");
	static const char policy[] = "\0\xff\r\n\t";

	(void)state;
	r.policy = (struct sts_str){policy, sizeof(policy) - 1};
	r.mx = (struct sts_str){"m\0x\r\n", 5};
	r.helo = sts_str("\xc3\xa4");
	r.reason = sts_str("a\tb\x7f");
	add(tally, &r);
	assert_string_equal(only_detail()->mx, "m\\x00x\\x0d\\x0a");
	assert_string_equal(only_detail()->helo, "\\xc3\\xa4");
	assert_string_equal(only_detail()->reason, "a\\x09b\\x7f");
	assert_int_equal(tally->policy[0].n_text, sizeof(policy) - 1);
	assert_memory_equal(tally->policy[0].text, policy, sizeof(policy) - 1);
}

static void
long_texts(void **state)
{
	struct sts_tls_result r = failure(STS_RESULT_VALIDATION_FAILURE, "");
	char text[10240];

	(void)state;
	memset(text, 'x', sizeof(text));
	r.reason = (struct sts_str){text, sizeof(text)};
	add(tally, &r);
	assert_int_equal(strlen(only_detail()->reason), STS_TALLY_TEXT);
	assert_string_equal(only_detail()->reason + STS_TALLY_TEXT - 4, "x...");
	/* Two that differ only beyond it are one. */
	text[sizeof(text) - 1] = 'y';
	add(tally, &r);
	assert_int_equal(only_detail()->sessions, 2);
}

/* Beyond the bound the sum goes on, without a detail. */
static void
too_many_details(void **state)
{
	struct sts_tls_result r = failure(STS_RESULT_VALIDATION_FAILURE, "");
	char mx[16];

	(void)state;
	for (int i = 0; i < STS_TALLY_DETAILS + 50; i++) {
		(void)snprintf(mx, sizeof(mx), "mx%d", i);
		r.mx = sts_str(mx);
		assert_int_equal(sts_tally_add(tally, &r),
		    i < STS_TALLY_DETAILS ? STS_OK : STS_ELIMIT);
	}
	assert_int_equal(tally->policy[0].n_detail, STS_TALLY_DETAILS);
	assert_int_equal(tally->policy[0].failed, STS_TALLY_DETAILS + 50);
	assert_int_equal(tally->policy[0].dropped, 50);
	/* Those that are there are counted on. */
	r.mx = sts_str("mx7");
	add(tally, &r);
}

static void
too_many_policies(void **state)
{
	struct sts_tls_result r = success();
	char text[16];

	(void)state;
	for (int i = 0; i < STS_TALLY_POLICIES + 3; i++) {
		(void)snprintf(text, sizeof(text), "policy %d", i);
		r.policy = sts_str(text);
		assert_int_equal(sts_tally_add(tally, &r),
		    i < STS_TALLY_POLICIES ? STS_OK : STS_ELIMIT);
	}
	assert_int_equal(tally->dropped, 3);
	assert_int_equal(sessions(tally), STS_TALLY_POLICIES + 3);
}

/* The octets are bounded, in policies and in details. */
static void
too_large(void **state)
{
	struct sts_tls_result r = success();
	char *text = malloc(65536), mx[255], *row;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 65536);
	r.policy = (struct sts_str){text, 65536};
	add(tally, &r);
	text[0] = 'b';
	assert_int_equal(sts_tally_add(tally, &r), STS_ELIMIT);
	text[0] = 'a';
	r.result = STS_RESULT_VALIDATION_FAILURE;
	memset(mx, 'm', sizeof(mx));
	for (int i = 0; i < 3 * STS_TALLY_DETAILS; i++) {
		mx[i % 200] = (char)('a' + i / 200);
		r.mx = r.helo = r.reason = (struct sts_str){mx, sizeof(mx)};
		(void)sts_tally_add(tally, &r);
	}
	assert_int_equal(tally->policy[0].failed, 3 * STS_TALLY_DETAILS);
	assert_true(tally->policy[0].dropped > 0);
	row = encoded(tally);
	assert_true(strlen(row) <= STS_TALLY_OCTETS_MAX);
	free(row);
	free(text);
}

/* A number that JSON could not tell is never reached. */
static void
largest_number(void **state)
{
	struct sts_tls_result r = success();

	(void)state;
	add(tally, &r);
	tally->policy[0].successful = STS_TALLY_COUNT_MAX - 1;
	add(tally, &r);
	assert_int_equal(sts_tally_add(tally, &r), STS_EINVAL);
	assert_int_equal(sessions(tally), STS_TALLY_COUNT_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(names),
	    CASE(counted),
	    CASE(told_apart),
	    CASE(policies),
	    CASE(mode_none),
	    CASE(hostile_texts),
	    CASE(long_texts),
	    CASE(too_many_details),
	    CASE(too_many_policies),
	    CASE(too_large),
	    CASE(largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
