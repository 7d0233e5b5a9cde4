/* SPDX-License-Identifier: ISC */
/* The MTA-STS TXT record beyond the vectors (TXT-1 to TXT-6, TXT-11). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txt_case.h"

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct txt_case rows[] = {
    {"TXT-1", {"v=STSv1;id=a"}, "a", NULL},
    {"TXT-1", {"v=STSv1; x=1; id=a"}, "a", NULL},
    {"TXT-1", {"id=1; v=STSv1"}, NULL, "no-record"},
    {"TXT-1", {"v=stsv1; id=1"}, NULL, "no-record"},
    {"TXT-1", {"\tv=STSv1; id=1"}, NULL, "no-record"},
    {"TXT-1", {"v=STSv1"}, NULL, "no-record"},
    {"TXT-1", {""}, NULL, "no-record"},
    {"TXT-2", {"v=STSv1; id=" A32}, A32, NULL},
    {"TXT-2", {"v=STSv1; id=" A32 "a"}, NULL, "id-value"},
    {"TXT-2", {"v=STSv1; id=2016-08-31"}, NULL, "id-value"},
    {"TXT-2", {"v=STSv1; id="}, NULL, "field-syntax"},
    {"TXT-2", {"v=STSv1; id"}, NULL, "field-syntax"},
    {"TXT-2", {"v=STSv1; x=1"}, NULL, "id-missing"},
    {"TXT-3", {"v=STSv1; id=a; id=b"}, "a", NULL},
    {"TXT-3 a later one is none", {"v=STSv1; id=a; id=b-c"}, "a", NULL},
    {"TXT-3 an earlier one is none", {"v=STSv1; id=b-c; id=a"}, "a",
	"id-value"},
    {"TXT-3", {"v=STSv1; id=a; id="}, NULL, "field-syntax"},
    {"TXT-3", {"v=STSv1; id=a; v=STSv1"}, "a", NULL},
    {"TXT-4", {"v=STSv1\t;\t id=a \t;\t "}, "a", NULL},
    {"TXT-4", {"v=STSv1; id=a\t"}, "a", "trailing-space"},
    {"TXT-4", {"v=STSv1; id=a; x=1  "}, "a", "trailing-space"},
    {"TXT-4", {"v=STSv1; id= a"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id = a"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1;; id=a"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a; ;"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; ;id=a"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a;\n"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a x"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a, x=1"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a; more="}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a; b" A31 "=1"}, "a", NULL},
    {"TXT-4", {"v=STSv1; id=a; b" A32 "=1"}, NULL, "field-syntax"},
    {"TXT-4", {"v=STSv1; id=a; x=!\"#~:<>"}, "a", NULL},
    {"TXT-4", {"v=STSv1; id=a; -x=1"}, NULL, "field-syntax"},
    {"TXT-5", {"v=STSv1; id=a", "v=STSv1; id=b"}, NULL, "too-many-records"},
    {"TXT-5", {"v=STSv1; id=a", "v=STSv10; id=b"}, "a", NULL},
    {"TXT-5", {"v=STSv1", "v=STSv1; id=a"}, "a", NULL},
    {"TXT-5", {"v=STSv1 ; id=b", "v=STSv1; id=a"}, "a", "space-before-;"},
    {"TXT-5", {"v=STSv1; id=a", "v=STSv1\t; junk"}, "a", "space-before-;"},
    {"TXT-5", {"x", "v=STSv1 ; id=b"}, "b", NULL},
    {"TXT-5", {"v=STSv1 ; id=a", "v=STSv1 ; id=b"}, NULL, "too-many-records"},
    {"TXT-5", {"v=STSv1 ; id=a", "v=STSv1; junk"}, NULL, "space-before-;"},
    {"TXT-8", {NULL}, NULL, "no-record"},
    {"TXT-11", {"v=STSv1; id=a; x=\xc3\xa9"}, NULL, "field-syntax"},
    {"TXT-11", {"v=STSv1; id=\xc3\xa9"}, NULL, "field-syntax"},
    {"TXT-11", {"v=STSv1; id=a; x=\x7f"}, NULL, "field-syntax"},
};

static void
table(void **state)
{
	int differences = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sts_str rr[TXT_CASE_RRS];
		struct sts_txt txt = txt_case_set(&rows[i], rr);
		struct sts_diags diags = {0};
		char id[STS_ID_SIZE] = "untouched";
		enum sts_err err = sts_record_parse(&txt, id, &diags);

		differences += txt_case_differs(
		    &rows[i], err == STS_OK ? id : NULL, &diags);
		if (err != STS_OK)
			assert_string_equal(id, "untouched");
	}
	assert_int_equal(differences, 0);
}

/* TXT-6: two strings of 255 octets that split the id, joined by the caller. */
static void
long_record(void **state)
{
	char octets[510];
	struct sts_str rr = {octets, sizeof(octets)};
	struct sts_txt txt = {&rr, 1};
	char id[STS_ID_SIZE];
	size_t n;

	(void)state;
	memset(octets, 'z', sizeof(octets));
	memcpy(octets, "v=STSv1; pad=", 13);
	n = 246;
	memcpy(octets + n, "; id=abcdefghij; more=", 22);
	assert_true(n < 255 && n + 15 > 255);
	assert_int_equal(sts_record_parse(&txt, id, NULL), STS_OK);
	assert_string_equal(id, "abcdefghij");
}

/* TXT-5: an RR of no octets, wherever they are not, is passed over. */
static void
empty_rr(void **state)
{
	struct sts_str rr[] = {{NULL, 0}, {"v=STSv1; id=a", 13}};
	struct sts_txt txt = {rr, 2};
	char id[STS_ID_SIZE];

	(void)state;
	assert_int_equal(sts_record_parse(&txt, id, NULL), STS_OK);
	assert_string_equal(id, "a");
}

static void
finding_names_the_rr(void **state)
{
	const struct txt_case row = {
	    "", {"spf", "v=STSv1; id=a; =\033[2J"}, NULL, NULL};
	struct sts_str rr[TXT_CASE_RRS];
	struct sts_txt txt = txt_case_set(&row, rr);
	struct sts_diags diags = {0};
	char id[STS_ID_SIZE];

	(void)state;
	assert_int_equal(sts_record_parse(&txt, id, &diags), STS_ENOENT);
	assert_int_equal(diags.list[0].line, 2);
	assert_int_equal(diags.list[0].severity, STS_ERROR);
	assert_non_null(strstr(diags.list[0].text, "=\\x1b[2J"));
	assert_string_equal(diags.list[0].section, "RFC 8461 section 3.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(long_record),
	    cmocka_unit_test(empty_rr),
	    cmocka_unit_test(finding_names_the_rr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
