/* SPDX-License-Identifier: ISC */
/* The policy text beyond the vectors (POL-1 to POL-9, THR-8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sts/policy.h"

#define HEAD "version: STSv1\nmode: enforce\nmax_age: 100\n"
#define MX   "mx: a.example\n"
#define D63  "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

/* want: mode, max_age and patterns as one text; NULL: invalid. */
static const struct {
	const char *id;
	const char *body;
	const char *want;
	const char *rule; /* of the first finding; NULL: none at all */
	unsigned line;
} rows[] = {
    {"POL-1", "mode: none\nmax_age: 1\nversion: STSv1", "none 1", NULL, 0},
    {"POL-2", HEAD MX, "enforce 100 a.example", NULL, 0},
    {"POL-2", "", NULL, "version-missing", 0},
    {"POL-2", "version: STSv1\nmode: none\n", NULL, "max_age-missing", 0},
    {"POL-2", "version: STSv1\nmax_age: 1\n" MX, NULL, "mode-missing", 0},
    {"POL-2", HEAD, NULL, "mx-missing", 0},
    {"POL-3", HEAD MX "version: STSv2\n", "enforce 100 a.example", NULL, 0},
    {"POL-3", HEAD MX "max_age: 99999999999\n", "enforce 100 a.example", NULL,
	0},
    {"POL-3", HEAD MX "max_age: 99999999\n", "enforce 100 a.example", NULL, 0},
    {"POL-3", HEAD MX "mode:\n", "enforce 100 a.example", "field-value", 5},
    {"POL-3", HEAD MX "mode: a\tb\n", "enforce 100 a.example", "field-value",
	5},
    {"POL-3 the first is none", "mode: junk\n" HEAD MX, "enforce 100 a.example",
	"mode-value", 1},
    {"POL-3 the first is none", "max_age: x\n" HEAD MX, "enforce 100 a.example",
	"max_age-value", 1},
    {"POL-4", HEAD MX "Mode: none\nMX: b.example\nmx1: c\n",
	"enforce 100 a.example", NULL, 0},
    {"POL-4", HEAD MX "x-note: \xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x82\xac",
	"enforce 100 a.example", NULL, 0},
    {"POL-4 surrogate", HEAD MX "x: \xed\xa0\x80", "enforce 100 a.example",
	"field-value", 5},
    {"POL-4 over-long", HEAD MX "x: \xc0\xaf", "enforce 100 a.example",
	"field-value", 5},
    {"POL-4 over-long", HEAD MX "x: \xe0\x80\xaf", "enforce 100 a.example",
	"field-value", 5},
    {"POL-4 over-long", HEAD MX "x: \xf0\x80\x80\xaf", "enforce 100 a.example",
	"field-value", 5},
    {"POL-4 above U+10FFFF", HEAD MX "x: \xf4\x90\x80\x80",
	"enforce 100 a.example", "field-value", 5},
    {"POL-4 cut", HEAD MX "x: \xe2\x82", "enforce 100 a.example", "field-value",
	5},
    {"POL-4 cut", HEAD MX "x: \xf0\x9f\nx: 1", "enforce 100 a.example",
	"field-value", 5},
    {"POL-4", HEAD MX "ext:\n", "enforce 100 a.example", "field-value", 5},
    {"POL-4", HEAD MX "_bad: x\n", "enforce 100 a.example", "field-syntax", 5},
    {"POL-5",
	"version: STSv1\t \nmode:enforce\t\nmax_age:\t100 \nmx:a.example ",
	"enforce 100 a.example", NULL, 0},
    {"POL-5", "version: STSv1\nmode : enforce\nmax_age: 1\n" MX, NULL,
	"field-syntax", 2},
    {"POL-6", "\t" HEAD MX, "enforce 100 a.example", "leading-space", 1},
    {"POL-6", HEAD "\n" MX, "enforce 100 a.example", "blank-line", 4},
    {"POL-6", HEAD MX "\n", "enforce 100 a.example", "blank-line", 5},
    {"POL-6", HEAD MX "\r\n\r\n", "enforce 100 a.example", "blank-line", 5},
    {"POL-6", HEAD MX " \t", "enforce 100 a.example", "blank-line", 5},
    {"POL-6", HEAD "mx: a.example", "enforce 100 a.example", NULL, 0},
    {"POL-6", HEAD "mx: a.example\r\n", "enforce 100 a.example", NULL, 0},
    {"POL-6 CR at the end", HEAD "mx: a.example\r", NULL, "field-value", 4},
    {"POL-6 two CR", HEAD "mx: a.example\r\r\n", NULL, "field-value", 4},
    {"POL-6 BOM", "\xef\xbb\xbf" HEAD MX, NULL, "field-syntax", 1},
    {"POL-7", "version: STSv1\nmode: Enforce\nmax_age: 1\n" MX, NULL,
	"mode-value", 2},
    {"POL-7", "version: stsv1\nmode: none\nmax_age: 1\n", NULL, "version-value",
	1},
    {"POL-8", HEAD "mx: a.example.\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: a_b.example\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: -a.example\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: *.*.example\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: mail.*.example\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: mail*.example\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: *.\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: [192.0.2.1]\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: *.0.2.1\n", "enforce 100 *.0.2.1", NULL, 0},
    {"POL-8", HEAD "mx: *.192.0.2.1\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: 2001:db8::1\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: m\xc3\xb8x.example\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: a b=c\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: " D63 "\n", "enforce 100 " D63, NULL, 0},
    {"POL-8", HEAD "mx: " D63 "d\n", NULL, "mx-value", 4},
    {"POL-8", HEAD "mx: " D63 "." D63 "." D63 "." D63 "\n", NULL, "mx-value",
	4},
    {"POL-8 beside a good one", HEAD "mx: *\n" MX "mx: *.B.example\n",
	"enforce 100 a.example *.b.example", "mx-value", 4},
    {"POL-8 mode none", "version: STSv1\nmode: none\nmax_age: 1\nmx: *\n",
	"none 1", "mx-value", 4},
    {"POL-8 a set", HEAD MX "mx: A.Example\nmx: b.example\n" MX,
	"enforce 100 a.example b.example", NULL, 0},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: 0\n", "none 0", NULL, 0},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: 31557600", "none 31557600",
	NULL, 0},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: 31557601", "none 31557600",
	"max_age-clamped", 3},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: 4294967296",
	"none 31557600", "max_age-clamped", 3},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: 9999999999",
	"none 31557600", "max_age-clamped", 3},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: 10000000000", NULL,
	"max_age-value", 3},
    {"POL-9", "version: STSv1\nmode: none\nmax_age: -1", NULL, "max_age-value",
	3},
    {"POL-9", "version: STSv1\nmode: none\nmax_age:", NULL, "field-value", 3},
};

static const char *
told(const struct sts_policy *policy, char *buf, size_t size)
{
	size_t i, n;

	n = (size_t)snprintf(
	    buf, size, "%s %u", sts_mode_name(policy->mode), policy->max_age);
	for (i = 0; i < policy->n_mx; i++)
		n += (size_t)snprintf(buf + n, size - n, " %s", policy->mx[i]);
	return buf;
}

static int
check(size_t i)
{
	struct sts_diags diags = {0};
	struct sts_policy *policy = NULL;
	const char *rule = NULL, *got = NULL;
	char buf[512];
	unsigned line = 0;

	if (sts_policy_parse(sts_str(rows[i].body), &policy, &diags) == STS_OK)
		got = told(policy, buf, sizeof(buf));
	sts_policy_free(policy);
	if (diags.n > 0) {
		rule = diags.list[0].rule;
		line = diags.list[0].line;
	}
	if ((got == NULL) == (rows[i].want == NULL) &&
	    (rule == NULL) == (rows[i].rule == NULL) && line == rows[i].line &&
	    (got == NULL || strcmp(got, rows[i].want) == 0) &&
	    (rule == NULL || strcmp(rule, rows[i].rule) == 0))
		return 0;
	printf("%s: %s\n  gives %s, line %u, finding %s\n", rows[i].id,
	    rows[i].body, got ? got : "invalid", line, rule ? rule : "none");
	return 1;
}

static void
table(void **state)
{
	int differences = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		differences += check(i);
	assert_int_equal(differences, 0);
}

/* P096 and neighbours: a NUL anywhere spoils all. */
static void
nul_anywhere(void **state)
{
	static const char body[] = HEAD MX "x: y\n";
	char copy[sizeof(body)];
	struct sts_policy *policy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(body) - 1; i++) {
		struct sts_str text = {copy, sizeof(body) - 1};

		memcpy(copy, body, sizeof(body));
		copy[i] = '\0';
		assert_int_equal(
		    sts_policy_parse(text, &policy, NULL), STS_ESYNTAX);
	}
}

/* A text of nothing but bad lines still says what is missing. */
static void
errors_survive_a_flood(void **state)
{
	static char body[STS_POLICY_TEXT_MAX];
	struct sts_str text = {body, sizeof(body)};
	struct sts_diags diags = {0};
	struct sts_policy *policy;

	(void)state;
	memset(body, '\n', sizeof(body));
	assert_int_equal(sts_policy_parse(text, &policy, &diags), STS_ESYNTAX);
	assert_non_null(sts_diag_error(&diags));
	assert_string_equal(sts_diag_error(&diags)->rule, "version-missing");
	assert_true(diags.dropped > 65000);
}

/* THR-8: as many patterns as a text can hold, all but a few the same. */
static void
full_of_patterns(void **state)
{
	static char body[STS_POLICY_TEXT_MAX];
	struct sts_policy *policy = NULL;
	size_t n = sizeof(HEAD) - 1, lines = 0;

	(void)state;
	memcpy(body, HEAD, n);
	for (; n + 5 <= sizeof(body); n += 5, lines++) {
		memcpy(body + n, "mx:a\n", 5);
		body[n + 3] = (char)('a' + lines % 26);
	}
	assert_int_equal(
	    sts_policy_parse((struct sts_str){body, n}, &policy, NULL), STS_OK);
	assert_int_equal(policy->n_mx, 26);
	assert_string_equal(policy->mx[0], "a");
	assert_string_equal(policy->mx[25], "z");
	assert_int_equal(policy->text.n, n);
	sts_policy_free(policy);
}

static void
modes_have_names(void **state)
{
	enum sts_mode mode = STS_MODE_NONE;

	(void)state;
	assert_int_equal(sts_mode_parse(sts_str("enforce"), &mode), STS_OK);
	assert_int_equal(mode, STS_MODE_ENFORCE);
	assert_int_equal(
	    sts_mode_parse(sts_str("Testing"), &mode), STS_ESYNTAX);
	assert_int_equal(mode, STS_MODE_ENFORCE);
	assert_string_equal(sts_mode_name(STS_MODE_TESTING), "testing");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(nul_anywhere),
	    cmocka_unit_test(errors_survive_a_flood),
	    cmocka_unit_test(full_of_patterns),
	    cmocka_unit_test(modes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
