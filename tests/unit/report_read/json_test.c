/* SPDX-License-Identifier: ISC */
/* The JSON of RFC 8460 section 4.4: as we write it, as others do, and broken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "sts/policy.h"
#include "sts/report.h"

static char *
our_json(const struct sts_tally *tally)
{
	const struct sts_reporter_name us = {
	    "K\xc3\xa4se", "tls@sender.example", "sender.example", NULL};
	char *json, *copy;
	size_t n;

	assert_int_equal(sts_report_json(&us, tally, &json, &n), STS_OK);
	copy = strndup(json, n);
	assert_non_null(copy);
	free(json);
	return copy;
}

/* Each field of ours comes back, with no note. */
static void
round_trip(void **state)
{
	struct sts_tally *tally = sts_tally_new("a.example", DAY);
	struct sts_tls_result good = success();
	struct sts_tls_result bad =
	    failure(STS_RESULT_CERTIFICATE_EXPIRED, "mx.a.example");
	struct sts_read *report;
	char *json;

	(void)state;
	bad.sending_ip = sts_str("192.0.2.1");
	bad.receiving_ip = sts_str("2001:db8::1");
	bad.helo = sts_str("helo.example");
	bad.reason = sts_str("X509_V_ERR_CERT_HAS_EXPIRED");
	add_times(tally, &good, 7);
	add_times(tally, &bad, 2);
	bad.mx = sts_str("mx2.a.example");
	add_times(tally, &bad, 3);
	json = our_json(tally);
	report = must_read(json, 0);
	must_be(report->organization, "K\xc3\xa4se");
	must_be(report->contact, "tls@sender.example");
	must_be(report->id, "2023-11-14.a.example@sender.example");
	must_be(report->start, "2023-11-14T00:00:00Z");
	must_be(report->end, "2023-11-14T23:59:59Z");
	assert_int_equal(report->n_policy, 1);
	assert_int_equal(report->successful, 7);
	assert_int_equal(report->failed, 5);
	assert_true(report->failures);
	must_be(report->policy->type, "sts");
	must_be(report->policy->domain, "a.example");
	assert_int_equal(report->policy->parsed->mode, STS_MODE_TESTING);
	assert_int_equal(report->policy->n_line, 4);
	assert_int_equal(report->policy->n_pattern, 1);
	must_be(report->policy->pattern[0], "mx.a.example");
	assert_int_equal(report->policy->n_detail, 2);
	/* Most sessions first. */
	assert_int_equal(report->policy->detail[0].sessions, 3);
	must_be(report->policy->detail[0].mx, "mx2.a.example");
	assert_int_equal(report->policy->detail[1].sessions, 2);
	must_be(report->policy->detail[1].result, "certificate-expired");
	must_be(report->policy->detail[1].sending_ip, "192.0.2.1");
	must_be(report->policy->detail[1].receiving_ip, "2001:db8::1");
	must_be(report->policy->detail[1].helo, "helo.example");
	must_be(
	    report->policy->detail[1].reason, "X509_V_ERR_CERT_HAS_EXPIRED");
	sts_report_read_free(report);
	sts_tally_free(tally);
	free(json);
}

static void
all_types_are_known(void **state)
{
	struct sts_tally *tally = sts_tally_new("a.example", DAY);
	struct sts_read *report;
	char *json;

	(void)state;
	for (int type = 0; type < STS_RESULT_TYPES; type++)
		for (int kind = 0; kind < STS_POLICY_TYPES; kind++) {
			struct sts_tls_result r =
			    failure((enum sts_result_type)type, "mx");

			r.policy_type = (enum sts_policy_type)kind;
			add(tally, &r);
		}
	json = our_json(tally);
	report = must_read(json, 0);
	assert_int_equal(report->n_policy, 3);
	assert_int_equal(report->failed, 33);
	sts_report_read_free(report);
	sts_tally_free(tally);
	free(json);
}

static void
nothing_failed(void **state)
{
	struct sts_read *report = must_read(PLAIN, 0);

	(void)state;
	assert_false(report->failures);
	assert_int_equal(report->successful, 5);
	assert_int_equal(report->policy->n_detail, 0);
	sts_report_read_free(report);
}

/* What is odd, and what is made of it. */
static void
odd_forms(void **state)
{
	static const struct {
		const char *json, *rule, *section, *text;
	} odd[] = {
	    {REPORT_OF("[{\"policy\":{\"policy-type\":\"no-policy-found\"},"
		       "\"summary\":" SUMMARY("5", "0") "}]"),
		"missing", FORM, "there is no \"policy-domain\""},
	    {REPORT_OF("[{\"policy\":{\"policy-type\":\"sts\","
		       "\"policy-domain\":\"a\",\"mx-host\":\"mx.a\"},"
		       "\"summary\":" SUMMARY("5", "0") "}]"),
		"not-an-array", FORM,
		"\"mx-host\" is not an array, see EID 6241"},
	    {REPORT_OF("{\"policy\":" NO_POLICY
		       ",\"summary\":" SUMMARY("5", "0") "}"),
		"not-an-array", FORM, "\"policies\" is not an array"},
	    {REPORT_OF("[{\"policy\":" NO_POLICY
		       ",\"summary\":" SUMMARY("\"5\"", "0") "}]"),
		"not-an-integer", FORM,
		"\"total-successful-session-count\" is not an integer"},
	    {REPORT_OF("[{\"policy\":" NO_POLICY
		       ",\"summary\":" SUMMARY("5.0", "0") "}]"),
		"not-an-integer", FORM,
		"\"total-successful-session-count\" is not an integer"},
	    {REPORT_OF("[{\"policy\":" NO_POLICY
		       ",\"summary\":" SUMMARY("5", "0") ",\"x\\n\":1}]"),
		"unknown-field", FORM, "unknown field of policies: \"x\\x0a\""},
	    {REPORT_OF("[{\"policy\":{\"policy-type\":\"mta\","
		       "\"policy-domain\":\"a\"},"
		       "\"summary\":" SUMMARY("5", "0") "}]"),
		"policy-type", FORM, "unknown policy-type \"mta\""},
	    {REPORT_OF("[{\"policy\":" NO_POLICY ",\"policy\":" NO_POLICY
		       ",\"summary\":" SUMMARY("5", "0") "}]"),
		"duplicate-field", "RFC 7493 section 2.3",
		"a field stands twice in an object; the last counts"},
	    {"\xef\xbb\xbf" PLAIN, "byte-order-mark", "RFC 8259 section 8.1",
		"there is a byte order mark in front"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct sts_read *report = must_read(odd[i].json, 1);

		must_note(odd[i].rule, odd[i].section, odd[i].text);
		assert_int_equal(report->successful, 5);
		assert_int_equal(report->n_policy, 1);
		assert_false(report->failures);
		sts_report_read_free(report);
	}
}

static void
odd_dates(void **state)
{
	static const struct {
		const char *start, *end, *rule;
	} odd[] = {
	    {"2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", NULL},
	    {"2026-01-31T01:00:00.000+01:00", "2026-01-31T23:59:59Z", NULL},
	    {"2026-01-30T23:00:00-01:00", "2026-01-31T23:59:59z", NULL},
	    {"2026-01-30T00:00:00Z", "2026-01-31T23:59:59Z", "day"},
	    {"2026-01-31T01:00:00Z", "2026-02-01T00:59:59Z", "day"},
	    {"2026-01-31", "2026-02-01", "date"},
	    {"2026-01-31T00:00:00Z", "2026-01-31T23:59:59+1:00", "date"},
	    {"2026-01-31T00:00:00Z", "2026-01-31T23:59:59", "date"},
	    {"2026-13-31T00:00:00Z", "2026-01-31T23:59:59Z", "date"},
	    {"2026-01-31T00:00:00Z", "1111111111111111111111111111111111111111",
		"date"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		char json[1024];

		snprintf(json, sizeof(json),
		    "{\"organization-name\":\"a\",\"contact-info\":\"b\","
		    "\"report-id\":\"c\",\"date-range\":{\"start-datetime\":"
		    "\"%s\",\"end-datetime\":\"%s\"},\"policies\":[{"
		    "\"policy\":" NO_POLICY
		    ",\"summary\":" SUMMARY("5", "0") "}]}",
		    odd[i].start, odd[i].end);
		sts_report_read_free(must_read(json, odd[i].rule != NULL));
		if (odd[i].rule != NULL)
			assert_string_equal(diags.list[0].rule, odd[i].rule);
	}
}

/* No failure is lost, whatever is missing. */
static void
failures_that_are_half_told(void **state)
{
	struct sts_read *report;

	(void)state;
	report = must_read(DETAIL(EXPIRED("1")), 1);
	must_note("failures-untold", FORM,
	    "1 of 2 failed sessions are in no failure-details");
	assert_int_equal(report->failed, 2);
	sts_report_read_free(report);

	/* Failure types are not exclusive (section 4). */
	sts_report_read_free(
	    must_read(DETAIL(EXPIRED("2") "," EXPIRED("1")), 0));

	report = must_read(DETAIL("{\"result-type\":\"new\"}"), 3);
	must_note("missing", FORM, "there is no \"failed-session-count\"");
	must_note("result-type", "RFC 8460 section 4.3",
	    "unknown result-type \"new\"");
	assert_int_equal(report->policy->detail[0].sessions, 1);
	sts_report_read_free(report);

	report = must_read(REPORT_OF("[{\"policy\":" NO_POLICY
				     ",\"failure-details\":" EXPIRED("4") "}]"),
	    2);
	must_note("missing", FORM, "there is no \"summary\"");
	must_note("not-an-array", FORM, "\"failure-details\" is not an array");
	assert_int_equal(report->failed, 4);
	assert_true(report->failures);
	sts_report_read_free(report);

	report = must_read(
	    REPORT_OF("[{\"policy\":" NO_POLICY ",\"summary\":" SUMMARY(
		"1", "0") ",\"failure-details\":[" EXPIRED("4") "]}]"),
	    1);
	assert_string_equal(diags.list[0].rule, "failures-uncounted");
	assert_true(report->failures);
	sts_report_read_free(report);

	report =
	    must_read(REPORT_OF("[{\"policy\":" NO_POLICY ",\"summary\":"
				"{\"total-successful-session-count\":null},"
				"\"failure-details\":[" EXPIRED("4") "]}]"),
		2);
	assert_int_equal(report->failed, 4);
	sts_report_read_free(report);
}

static void
information_by_either_name(void **state)
{
	static const char *const keys[] = {
	    "additional-information", "additional-info-uri"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char json[1024];
		struct sts_read *report;

		snprintf(json, sizeof(json),
		    DETAIL("{\"result-type\":\"tlsa-invalid\",\"%s\":\"u\","
			   "\"failed-session-count\":2}"),
		    keys[i]);
		report = must_read(json, 0);
		must_be(report->policy->detail->information, "u");
		sts_report_read_free(report);
	}
}

/* A policy that is not valid is what may have failed: no note, no mode. */
static void
policy_strings(void **state)
{
	struct sts_read *report = must_read(
	    REPORT_OF(
		"[{\"policy\":{\"policy-type\":\"sts\",\"policy-string\":"
		"[\"mode: enforce\"],\"policy-domain\":\"a\","
		"\"mx-host\":[\"mx.a\"]},\"summary\":" SUMMARY("5", "0") "}]"),
	    0);

	(void)state;
	assert_null(report->policy->parsed);
	must_be(report->policy->pattern[0], "mx.a");
	sts_report_read_free(report);
	/* All in one string: the lines are in it. */
	report = must_read(
	    REPORT_OF("[{\"policy\":{\"policy-type\":\"sts\",\"policy-string\":"
		      "\"version: STSv1\\r\\nmode: enforce\\r\\nmx: *.a.example"
		      "\\r\\nmax_age: 1\",\"policy-domain\":\"a\"},"
		      "\"summary\":" SUMMARY("5", "0") "}]"),
	    1);
	assert_int_equal(report->policy->parsed->mode, STS_MODE_ENFORCE);
	must_be(report->policy->pattern[0], "*.a.example");
	sts_report_read_free(report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(all_types_are_known),
	    cmocka_unit_test(nothing_failed),
	    cmocka_unit_test(odd_forms),
	    cmocka_unit_test(odd_dates),
	    cmocka_unit_test(failures_that_are_half_told),
	    cmocka_unit_test(information_by_either_name),
	    cmocka_unit_test(policy_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
