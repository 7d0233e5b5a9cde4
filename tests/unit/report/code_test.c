/* SPDX-License-Identifier: ISC */
/* The stored form: there and back, and nothing else is taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

#define TEXT "version: STSv1\nmode: x\n"

static const char good[] = "stsgate-tally 1\ndomain a.example\nday 19675\n"
			   "dropped 4\npolicies 2\n"
			   "policy sts 5 3 1 23 2\n" TEXT "\n"
			   "certificate-expired\t1\tmx\t192.0.2.1\t\t\tx y\n"
			   "validation-failure\t1\t\t\t\t\t\n"
			   "policy no-policy-found 1 0 0 0 0\n\n";

static enum sts_err
decode(const char *text, size_t n)
{
	struct sts_tally *tally = NULL;
	char *copy = malloc(n > 0 ? n : 1); /* no octet behind it for ASan */
	enum sts_err err;

	assert_non_null(copy);
	memcpy(copy, text, n);
	err = sts_tally_decode((struct sts_str){copy, n}, &tally);
	if (err == STS_OK)
		check_sums(tally);
	else
		assert_null(tally);
	sts_tally_free(tally);
	free(copy);
	return err;
}

static void
there_and_back(void **state)
{
	struct sts_tally *tally = NULL;
	char *again;

	(void)state;
	assert_int_equal(sts_tally_decode(sts_str(good), &tally), STS_OK);
	assert_string_equal(tally->domain, "a.example");
	assert_int_equal(tally->day, 19675);
	assert_int_equal(tally->dropped, 4);
	assert_int_equal(tally->n_policy, 2);
	assert_int_equal(tally->policy[0].successful, 5);
	assert_int_equal(tally->policy[0].failed, 3);
	assert_int_equal(tally->policy[0].dropped, 1);
	assert_int_equal(tally->policy[0].n_text, sizeof(TEXT) - 1);
	assert_int_equal(tally->policy[0].n_detail, 2);
	assert_string_equal(tally->policy[0].detail[0].mx, "mx");
	assert_string_equal(tally->policy[0].detail[0].sending_ip, "192.0.2.1");
	assert_string_equal(tally->policy[0].detail[0].receiving_ip, "");
	assert_string_equal(tally->policy[0].detail[0].reason, "x y");
	again = encoded(tally);
	assert_string_equal(again, good);
	free(again);
	sts_tally_free(tally);
}

/* What is counted decodes to the same, as full as it may be. */
static void
full(void **state)
{
	struct sts_tally *tally = sts_tally_new("a.example", DAY), *back;
	struct sts_tls_result r = failure(STS_RESULT_TLSA_INVALID, "");
	char policy[2] = "a", mx[40], *one, *two;

	(void)state;
	for (unsigned i = 0; i < 12000; i++) {
		(void)snprintf(mx, sizeof(mx), "mx%d.a.example", i % 250);
		policy[0] = (char)('a' + i % (STS_TALLY_POLICIES + 1));
		r.policy = sts_str(policy);
		r.mx = r.helo = sts_str(mx);
		(void)sts_tally_add(tally, &r);
	}
	check_sums(tally);
	assert_true(tally->dropped > 0);
	one = encoded(tally);
	assert_int_equal(sts_tally_decode(sts_str(one), &back), STS_OK);
	assert_int_equal(back->octets, tally->octets);
	two = encoded(back);
	assert_string_equal(one, two);
	free(one);
	free(two);
	sts_tally_free(tally);
	sts_tally_free(back);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	assert_int_equal(decode(good, sizeof(good) - 1), STS_OK);
	for (size_t n = 0; n < sizeof(good) - 1; n++)
		assert_int_equal(decode(good, n), STS_ESYNTAX);
	assert_int_equal(decode(good, sizeof(good)), STS_ESYNTAX);
}

/* Whatever octet changes, it decodes wholly or not at all. */
static void
every_octet(void **state)
{
	char text[sizeof(good)];

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			(void)decode(text, sizeof(good) - 1);
		}
}

/* Replace the first of what stands in the good one. */
static enum sts_err
with(const char *was, const char *is)
{
	char text[2048];
	const char *at = strstr(good, was);

	assert_non_null(at);
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
	    is, at + strlen(was));
	return decode(text, strlen(text));
}

static void
hostile_values(void **state)
{
	static const struct {
		const char *was, *is;
		enum sts_err err;
	} cases[] = {
	    {"tally 1", "tally 2", STS_EINVAL},
	    {"tally 1", "tally 01", STS_EINVAL},
	    {"tally 1", "tally", STS_ESYNTAX},
	    {"a.example", "A.example", STS_ESYNTAX},
	    {"a.example", "", STS_ESYNTAX},
	    {"a.example", "a.example/", STS_ESYNTAX},
	    {"day 19675", "day -1", STS_ESYNTAX},
	    {"day 19675", "day 019675", STS_ESYNTAX},
	    {"day 19675", "day 2932897", STS_ESYNTAX},
	    {"day 19675", "day 2932896", STS_OK},
	    {"dropped 4", "dropped 9007199254740992", STS_ESYNTAX},
	    {"dropped 4", "dropped 9007199254740991", STS_ESYNTAX},
	    {"dropped 4", "dropped 9007199254740982", STS_OK},
	    {"dropped 4", "dropped 18446744073709551620", STS_ESYNTAX},
	    {"dropped 4", "dropped ", STS_ESYNTAX},
	    {"policies 2", "policies 1", STS_ESYNTAX},
	    {"policies 2", "policies 3", STS_ESYNTAX},
	    {"policies 2", "policies 9", STS_ESYNTAX},
	    {"policy sts", "policy dane", STS_ESYNTAX},
	    {"sts 5 3 1", "sts 5 4 1", STS_ESYNTAX},
	    {"sts 5 3 1", "sts 5 3 0", STS_ESYNTAX},
	    {"sts 5 3 1", "sts 7 3 1", STS_OK},
	    {" 23 2", " 22 2", STS_ESYNTAX},
	    {" 23 2", " 24 2", STS_ESYNTAX},
	    {" 23 2", " 9007199254740991 2", STS_ESYNTAX},
	    {" 23 2", " 23 1", STS_ESYNTAX},
	    {" 23 2", " 23 201", STS_ESYNTAX},
	    {"certificate-expired", "success", STS_ESYNTAX},
	    {"certificate-expired", "validation-failure", STS_ESYNTAX},
	    {"certificate-expired", "sts-webpki-invalid", STS_ESYNTAX},
	    {"expired\t1", "expired\t0", STS_ESYNTAX},
	    {"expired\t1", "expired\t+1", STS_ESYNTAX},
	    {"x y", "x\ty", STS_ESYNTAX},
	    {"x y", "x\x7f", STS_ESYNTAX},
	    {"x y", "\xc3\xa4", STS_ESYNTAX},
	    {"found 1 0 0", "found 0 0 0", STS_ESYNTAX},
	    {"no-policy-found", "sts", STS_ESYNTAX},
	    {"no-policy-found", "tlsa", STS_ESYNTAX},
	    {"found 1 0 0 0 0\n", "found 1 0 0 1 0\nx", STS_ESYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (with(cases[i].was, cases[i].is) != cases[i].err)
			fail_msg("%s -> %s", cases[i].was, cases[i].is);
}

/* The same detail twice, or the wrong way round. */
static void
out_of_order(void **state)
{
	static const char *const details[] = {
	    "tlsa-invalid\t1\ta\t\t\t\t\ntlsa-invalid\t1\ta\t\t\t\t\n",
	    "tlsa-invalid\t1\tb\t\t\t\t\ntlsa-invalid\t1\ta\t\t\t\t\n",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof(text),
		    "stsgate-tally 1\ndomain a.example\nday 1\ndropped 0\n"
		    "policies 1\npolicy tlsa 0 2 0 0 2\n\n%s",
		    details[i]);
		assert_int_equal(decode(text, strlen(text)), STS_ESYNTAX);
	}
}

/* More than there may be of it is no row of ours. */
static void
too_large(void **state)
{
	static char text[200000];
	int n = snprintf(text, sizeof(text),
	    "stsgate-tally 1\ndomain a.example\nday 1\ndropped 0\n"
	    "policies 2\npolicy sts 1 0 0 65536 0\n");

	(void)state;
	memset(text + n, 'a', 65536);
	n += 65536;
	n += snprintf(
	    text + n, sizeof(text) - (size_t)n, "\npolicy sts 1 0 0 65536 0\n");
	memset(text + n, 'b', 65536);
	n += 65536;
	text[n++] = '\n';
	assert_int_equal(decode(text, (size_t)n), STS_ESYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(full),
	    cmocka_unit_test(cut_anywhere),
	    cmocka_unit_test(every_octet),
	    cmocka_unit_test(hostile_values),
	    cmocka_unit_test(out_of_order),
	    cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
