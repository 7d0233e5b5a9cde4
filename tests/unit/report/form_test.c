/* SPDX-License-Identifier: ISC */
/* Names of a report, and what does not fit in its mail. */
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "sts/report.h"

#define SIXTEEN "aaaaaaaaaaaaaaaa"

static const struct sts_reporter_name us = {
    "Sender Ltd", "tls@sender.example", "sender.example", NULL};

static struct sts_tally *
tally_of(const char *domain)
{
	struct sts_tally *tally = sts_tally_new(domain, DAY);
	struct sts_tls_result r = success();

	assert_non_null(tally);
	add(tally, &r);
	return tally;
}

/* RPT-7: what names a report depends on nothing that a later try changes. */
static void
names_are_constant(void **state)
{
	struct sts_tally *tally = tally_of("a.example");
	char id[STS_REPORT_ID], file[STS_REPORT_FILE], again[STS_REPORT_FILE];
	struct sts_tls_result r = failure(STS_RESULT_TLSA_INVALID, "x");

	(void)state;
	sts_report_id(&us, tally, id);
	assert_string_equal(id, "2023-11-14.a.example@sender.example");
	sts_report_file(&us, tally, file);
	/* RPT-9: 1699920000 is the day's first second. */
	assert_int_equal(
	    strncmp(
		file, "sender.example!a.example!1699920000!1700006399!", 47),
	    0);
	assert_int_equal(strspn(file + 47, "0123456789abcdef"), 8);
	assert_string_equal(file + 55, ".json.gz");
	add(tally, &r);
	sts_report_file(&us, tally, again);
	assert_string_equal(file, again);
	sts_tally_free(tally);
}

static void
longest_names(void **state)
{
	char domain[STS_DOMAIN_SIZE], id[STS_REPORT_ID];
	char file[STS_REPORT_FILE];
	struct sts_reporter_name name = us;
	struct sts_tally *tally;

	(void)state;
	memset(domain, 'a', STS_DOMAIN_MAX);
	for (size_t i = 63; i < STS_DOMAIN_MAX; i += 64)
		domain[i] = '.';
	domain[STS_DOMAIN_MAX] = '\0';
	name.submitter = domain;
	tally = tally_of(domain);
	sts_report_id(&name, tally, id);
	assert_int_equal(strlen(id), 10 + 1 + 253 + 1 + 253);
	sts_report_file(&name, tally, file);
	assert_string_equal(file + strlen(file) - 8, ".json.gz");
	sts_tally_free(tally);
}

static enum sts_err
mail(const char *to, const struct sts_reporter_name *name, const char *domain)
{
	struct sts_tally *tally = tally_of(domain);
	char *text = NULL;
	size_t n = 0;
	enum sts_err err = sts_report_mail(
	    name, tally, to, (struct sts_str){"x", 1}, 0, &text, &n);

	assert_int_equal(err == STS_OK, text != NULL);
	free(text);
	sts_tally_free(tally);
	return err;
}

/* Nothing that ends a header, or begins another, gets into one. */
static void
injection(void **state)
{
	static const char *const bad[] = {"", "a", "@", "a@", "@b.example",
	    "a@b.example\nBcc: c@d.example", "a@b.example\r\n", "a b@c.example",
	    "a@b.example, c@d.example", "<a@b.example>", "a@b.example (x)",
	    "\"a b\"@c.example", "a;b@c.example", "a@b@c.example",
	    "a..b@c.example", ".a@b.example", "a.@b.example", "a@b..example",
	    "a@-b.example", "a@[192.0.2.1]", "\xc3\xa4@b.example",
	    "a@\xc3\xa4.example", "a\x01@b.example", "a@b.example\x7f",
	    "a@b.example ", SIXTEEN SIXTEEN SIXTEEN SIXTEEN "a@b.example"};
	static const char *const good[] = {
	    "a@b.example", "A+b_c%d=e/f@B.Example", "tls.rpt@xn--4ca.example"};
	struct sts_reporter_name name = us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(mail(good[i], &us, "a.example"), STS_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (mail(bad[i], &us, "a.example") != STS_EINVAL)
			fail_msg("to \"%s\"", bad[i]);
		name.contact = bad[i];
		assert_int_equal(
		    mail("a@b.example", &name, "a.example"), STS_EINVAL);
	}
	name = us;
	name.submitter = "b.example\nX: y";
	assert_int_equal(mail("a@b.example", &name, "a.example"), STS_EINVAL);
	assert_int_equal(
	    mail("a@b.example", &us, "a.example\nX: y"), STS_EINVAL);
}

static void
gzip_is_constant(void **state)
{
	static const char plain[] = "{\"a\":1}";
	char *one, *two;
	size_t n, m;

	(void)state;
	assert_int_equal(sts_report_gzip(sts_str(plain), &one, &n), STS_OK);
	assert_int_equal(sts_report_gzip(sts_str(plain), &two, &m), STS_OK);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	assert_memory_equal(one, "\x1f\x8b\x08", 3);
	assert_memory_equal(one + 4, "\0\0\0\0", 4); /* no time */
	free(one);
	free(two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_constant),
	    cmocka_unit_test(longest_names),
	    cmocka_unit_test(injection),
	    cmocka_unit_test(gzip_is_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
