/* SPDX-License-Identifier: ISC */
/* What the collector reads, to the octet: the format of libtlsrpt, dpv 1. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                       \
	"{\"dpv\":\"1\",\"d\":\"a.example\",\"pr\":\"v=TLSRPTv1; " \
	"rua=mailto:tls@a.example\",\"policies\":[{"
#define STS                                                        \
	"\"policy-type\":2,\"policy-domain\":\"a.example\","       \
	"\"policy-string\":[\"version: STSv1\",\"mode: testing\"," \
	"\"mx: mx.a.example\",\"max_age: 604800\"],"               \
	"\"mx-host\":[\"mx.a.example\"],"
#define NO_POLICY "\"policy-type\":9,\"policy-domain\":\"a.example\","

static void
assert_gram(const struct sts_tls_result *result, const char *want)
{
	struct world w;

	world_open(&w);
	world_listen(&w);
	world_start(&w);
	assert_int_equal(sts_collectd_add(w.collectd, result), STS_OK);
	world_expect(&w, want);
	world_expect(&w, NULL);
	world_close(&w);
}

static void
good(void **state)
{
	struct sts_tls_result result = success();

	(void)state;
	result.mx = sts_str("mx.a.example");
	assert_gram(&result, HEAD STS "\"t\":0,\"f\":0}]}");
	result.policy_type = STS_POLICY_NOT_FOUND;
	assert_gram(&result, HEAD NO_POLICY "\"t\":0,\"f\":0}]}");
}

/* All that is known of a failure. */
static void
every_field(void **state)
{
	struct sts_tls_result result =
	    failure(STS_RESULT_CERTIFICATE_EXPIRED, "mx.a.example");

	(void)state;
	assert_gram(&result,
	    HEAD STS "\"failure-details\":[{\"c\":204,"
		     "\"n\":\"mx.a.example\"}],\"t\":1,\"f\":1}]}");
	result.sending_ip = sts_str("192.0.2.1");
	result.receiving_ip = sts_str("2001:db8::1");
	result.helo = sts_str("mx.\"a\"\r\n");
	result.reason = sts_str("\xc3\xa4");
	assert_gram(&result, HEAD STS
	    "\"failure-details\":[{\"c\":204,\"s\":\"192.0.2.1\","
	    "\"n\":\"mx.a.example\",\"h\":\"mx.\\\\x22a\\\\x22\\\\x0d"
	    "\\\\x0a\",\"r\":\"2001:db8::1\",\"f\":\"\\\\xc3\\\\xa4\"}],"
	    "\"t\":1,\"f\":1}]}");
}

/* libtlsrpt's numbers for the types of RFC 8460 section 4.3. */
static void
codes(void **state)
{
	static const struct {
		enum sts_result_type type;
		int code;
	} cases[] = {
	    {STS_RESULT_STARTTLS_NOT_SUPPORTED, 201},
	    {STS_RESULT_CERTIFICATE_HOST_MISMATCH, 202},
	    {STS_RESULT_CERTIFICATE_NOT_TRUSTED, 203},
	    {STS_RESULT_CERTIFICATE_EXPIRED, 204},
	    {STS_RESULT_VALIDATION_FAILURE, 205},
	    {STS_RESULT_STS_POLICY_FETCH_ERROR, 301},
	    {STS_RESULT_STS_POLICY_INVALID, 302},
	    {STS_RESULT_STS_WEBPKI_INVALID, 303},
	    {STS_RESULT_TLSA_INVALID, 304},
	    {STS_RESULT_DNSSEC_INVALID, 305},
	    {STS_RESULT_DANE_REQUIRED, 306},
	};
	struct sts_tls_result result;
	char want[1024];

	(void)state;
	assert_int_equal(
	    sizeof(cases) / sizeof(cases[0]), STS_RESULT_TYPES - 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result = failure(cases[i].type, "");
		snprintf(want, sizeof(want),
		    HEAD STS "\"failure-details\":[{\"c\":%d}],\"t\":1,"
			     "\"f\":1}]}",
		    cases[i].code);
		assert_gram(&result, want);
	}
}

/* As it was served, errors and all; mode none is no policy. */
static void
policies(void **state)
{
	struct sts_tls_result result = success();

	(void)state;
	result.policy = sts_str("version: STSv1\n\nmode: \"x\"\t\xff\n");
	assert_gram(&result,
	    HEAD "\"policy-type\":2,\"policy-domain\":\"a.example\","
		 "\"policy-string\":[\"version: STSv1\",\"\","
		 "\"mode: \\\"x\\\"\\t\xef\xbf\xbd\"],\"t\":0,\"f\":0}]}");
	result.policy = sts_str("");
	assert_gram(&result,
	    HEAD "\"policy-type\":2,\"policy-domain\":\"a.example\","
		 "\"t\":0,\"f\":0}]}");
	result.policy = sts_str("version: STSv1\nmode: none\nmax_age: 1\n");
	assert_gram(&result, HEAD NO_POLICY "\"t\":0,\"f\":0}]}");
	result.policy_type = STS_POLICY_TLSA;
	result.policy = sts_str("mx.b.example\n3 1 1 AB\n3 1 1 CD");
	assert_gram(&result,
	    HEAD "\"policy-type\":1,\"policy-domain\":\"mx.b.example\","
		 "\"policy-string\":[\"3 1 1 AB\",\"3 1 1 CD\"],"
		 "\"t\":0,\"f\":0}]}");
}

/* The text that was published, whatever is in it. */
static void
record(void **state)
{
	struct sts_tls_result result = success();
	struct world w;

	(void)state;
	world_open(&w);
	w.record = "v=TLSRPTv1;rua=mailto:a@a.example, https://a.example/x;"
		   " ext=1";
	world_listen(&w);
	world_start(&w);
	result.policy_type = STS_POLICY_NOT_FOUND;
	sts_collectd_add(w.collectd, &result);
	world_expect(&w,
	    "{\"dpv\":\"1\",\"d\":\"a.example\",\"pr\":\"v=TLSRPTv1;"
	    "rua=mailto:a@a.example, https://a.example/x; ext=1\","
	    "\"policies\":[{" NO_POLICY "\"t\":0,\"f\":0}]}");
	world_close(&w);
}

static void
no_domain(void **state)
{
	struct sts_tls_result result = success();
	struct world w;

	(void)state;
	world_open(&w);
	world_listen(&w);
	world_start(&w);
	result.domain = "A.example";
	assert_int_equal(sts_collectd_add(w.collectd, &result), STS_EINVAL);
	result.domain = "a..example";
	assert_int_equal(sts_collectd_add(w.collectd, &result), STS_EINVAL);
	assert_int_equal(world_stats(&w).results, 0);
	assert_int_equal(w.queries, 0);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good),
	    cmocka_unit_test(every_field),
	    cmocka_unit_test(codes),
	    cmocka_unit_test(policies),
	    cmocka_unit_test(record),
	    cmocka_unit_test(no_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
