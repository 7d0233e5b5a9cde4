/* SPDX-License-Identifier: ISC */
/* JSON that is no report of RFC 8460 section 4.4, or too much of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"

static void
broken(void **state)
{
	static const struct {
		const char *json;
		enum sts_err err;
		const char *rule, *section, *words;
	} bad[] = {
	    {"", STS_ESYNTAX, "json", FORM, "it is not JSON: line 1: "},
	    {"{", STS_ESYNTAX, "json", FORM, "it is not JSON"},
	    {PLAIN "x", STS_ESYNTAX, "json", FORM, "it is not JSON"},
	    {"[1]", STS_EINVAL, "form", FORM, "not an object"},
	    {"{}", STS_EINVAL, "form", FORM, "no \"policies\""},
	    {REPORT_OF("null"), STS_EINVAL, "form", FORM, "no \"policies\""},
	    {REPORT_OF("[1]"), STS_EINVAL, "form", FORM,
		"in \"policies\" there is what is not an object"},
	    {DETAIL("\"x\""), STS_EINVAL, "form", FORM,
		"in \"failure-details\" there is what is not an object"},
	    {DETAIL(EXPIRED("-1")), STS_EINVAL, "count", FORM,
		"\"failed-session-count\" is not a number of sessions"},
	    {DETAIL(EXPIRED("\"-1\"")), STS_EINVAL, "count", FORM, ""},
	    {DETAIL(EXPIRED("\"\"")), STS_EINVAL, "count", FORM, ""},
	    {DETAIL(EXPIRED("1.5")), STS_EINVAL, "count", FORM, ""},
	    {DETAIL(EXPIRED("1e300")), STS_EINVAL, "count", FORM, ""},
	    {DETAIL(EXPIRED("true")), STS_EINVAL, "count", FORM, ""},
	    {DETAIL(EXPIRED("9007199254740992")), STS_EINVAL, "count", FORM,
		""},
	    {DETAIL(EXPIRED("9007199254740991") "," EXPIRED("1")), STS_ELIMIT,
		"sum", FORM, "more sessions than can be counted"},
	    {DETAIL(EXPIRED("99999999999999999999")), STS_ESYNTAX, "json", FORM,
		"it is not JSON: line 1: too big integer"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		must_not_read(bad[i].json, bad[i].err, bad[i].rule,
		    bad[i].section, bad[i].words);
}

static char *
repeated(const char *text, size_t times)
{
	size_t n = strlen(text);
	char *made = malloc(n * times + 1);

	assert_non_null(made);
	for (size_t i = 0; i < times; i++)
		memcpy(made + i * n, text, n);
	made[n * times] = '\0';
	return made;
}

/* Memory and stack are bounded. */
static void
too_much(void **state)
{
	char *many = repeated("{},", STS_READ_MARKS_MAX / 2 + 1);
	char *deep = repeated("[", 100000);
	char *long_one = repeated("x", STS_READ_JSON_MAX + 1);

	(void)state;
	must_not_read(many, STS_ELIMIT, "json-size", "RFC 8460 section 5.2",
	    "larger than 20 MiB, or has more than 500000 values");
	must_not_read(deep, STS_ESYNTAX, "json", FORM, "it is not JSON");
	must_not_read(long_one, STS_ELIMIT, "json-size", "RFC 8460 section 5.2",
	    "larger than 20 MiB");
	free(many);
	free(deep);
	free(long_one);
}

/* Each oddity once; and of too many only how many more there are. */
static void
notes_are_bounded(void **state)
{
	char *json = repeated(" ", 64 * 100), *p;
	struct sts_read *report = NULL;

	(void)state;
	sts_report_read_free(must_read(
	    DETAIL("{\"x\":1,\"result-type\":\"tlsa-invalid\","
		   "\"failed-session-count\":2},{\"x\":1,\"result-type\":"
		   "\"tlsa-invalid\",\"failed-session-count\":2}"),
	    1));
	p = json + sprintf(json, "{\"policies\":[");
	for (int i = 0; i < 100; i++)
		p += sprintf(p, "%s{\"k%d\":1}", i > 0 ? "," : "", i);
	memcpy(p, "]}", 3);
	memset(&diags, 0, sizeof(diags));
	assert_int_equal(
	    sts_report_read(sts_str(json), &report, &diags), STS_OK);
	assert_true(diags.n < STS_DIAGS_MAX && diags.dropped > 50);
	sts_report_read_free(report);
	free(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(broken),
	    cmocka_unit_test(too_much),
	    cmocka_unit_test(notes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
