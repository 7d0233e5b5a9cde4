/* SPDX-License-Identifier: ISC */
/* Slices, escaping (THR-10) and findings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/diag.h"
#include "sts/err.h"
#include "sts/str.h"

static void
compares(void **state)
{
	struct sts_str nul = {"a\0b", 3};

	(void)state;
	assert_true(sts_str_eq(sts_str("abc"), "abc"));
	assert_false(sts_str_eq(sts_str("abc"), "abcd"));
	assert_false(sts_str_eq(sts_str("abc"), "ABC"));
	assert_false(sts_str_eq(nul, "a"));
	assert_true(sts_str_eq((struct sts_str){NULL, 0}, ""));
	assert_true(sts_str_caseeq(sts_str("aBc"), sts_str("AbC")));
	assert_false(sts_str_caseeq(sts_str("ab"), sts_str("abc")));
	/* '[' and '{' differ by the bit that letters differ by. */
	assert_false(sts_str_caseeq(sts_str("["), sts_str("{")));
	assert_false(sts_str_caseeq(sts_str("\xc3\x89"), sts_str("\xc3\xa9")));
}

static void
escapes(void **state)
{
	static const struct {
		const char *text;
		size_t n, size;
		const char *want;
	} cases[] = {
	    {"plain text", 10, 32, "plain text"},
	    {"a\nb\0c", 5, 32, "a\\x0ab\\x00c"},
	    {"\\\"", 2, 32, "\\x5c\\x22"},
	    {"\x1b[2J\x7f\xff", 6, 32, "\\x1b[2J\\x7f\\xff"},
	    {"", 0, 1, ""},
	    {"abcd", 4, 5, "abcd"},
	    {"abcde", 5, 5, "a..."},
	    {"\n\n", 2, 8, "\\x0a..."},
	    {"\n\n", 2, 7, "..."},
	    {"abcde", 5, 3, ".."},
	    {"abcde", 5, 1, ""},
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sts_str text = {cases[i].text, cases[i].n};

		memset(buf, '#', sizeof(buf));
		assert_ptr_equal(sts_str_escape(text, buf, cases[i].size), buf);
		assert_string_equal(buf, cases[i].want);
		if (cases[i].size < sizeof(buf))
			assert_int_equal(buf[cases[i].size], '#');
	}
	buf[0] = '#';
	sts_str_escape(sts_str("x"), buf, 0);
	assert_int_equal(buf[0], '#');
}

static void
findings_are_bounded(void **state)
{
	struct sts_diags diags = {0};
	unsigned i;

	(void)state;
	for (i = 1; i <= 100; i++)
		sts_diag_add(&diags, STS_WARNING, i, "r", "s", "%u", i);
	assert_null(sts_diag_error(&diags));
	assert_int_equal(diags.n + diags.dropped, 100);
	assert_string_equal(diags.list[0].text, "1");
	/* A flood of warnings must not hide the error. */
	sts_diag_add(&diags, STS_ERROR, 101, "e", "s", "%0200d", 1);
	assert_non_null(sts_diag_error(&diags));
	assert_int_equal(sts_diag_error(&diags)->line, 101);
	assert_int_equal(
	    strlen(sts_diag_error(&diags)->text), STS_DIAG_TEXT - 1);
	for (i = 0; i < 100; i++)
		sts_diag_add(&diags, STS_ERROR, i, "e", "s", "x");
	assert_int_equal(diags.n, STS_DIAGS_MAX);
	sts_diag_add(NULL, STS_ERROR, 1, "e", "s", "x");
}

static void
errors_have_names(void **state)
{
	(void)state;
	assert_string_equal(sts_err_name(STS_ETEMP), "temporary");
	assert_string_equal(sts_err_name(STS_ENOENT), "not-found");
	assert_string_equal(sts_err_name((enum sts_err)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(compares),
	    cmocka_unit_test(escapes),
	    cmocka_unit_test(findings_are_bounded),
	    cmocka_unit_test(errors_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
