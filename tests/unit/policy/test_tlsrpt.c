/* SPDX-License-Identifier: ISC */
/* The TLS-RPT record beyond the vectors (RFC 8460 section 3, RPT-1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sts/tlsrpt.h"
#include "txt_case.h"

#define V    "v=TLSRPTv1;"
#define T50  "tttttttttttttttttttttttttttttttttttttttttttttttttt"
#define T500 T50 T50 T50 T50 T50 T50 T50 T50 T50 T50

/* want: the destinations with spaces between. */
static const struct txt_case rows[] = {
    {"RPT", {V "rua=mailto:a@x.example; ext=yes"}, "mailto:a@x.example", NULL},
    {"RPT", {"v=TLSRPTv1 ; rua=mailto:a@x.example"}, "mailto:a@x.example",
	NULL},
    {"RPT", {"v=tlsrptv1; rua=mailto:a@x.example"}, NULL, "no-record"},
    {"RPT", {"v=TLSRPTv10; rua=mailto:a@x.example"}, NULL, "no-record"},
    {"RPT", {V "RUA=mailto:a@x.example"}, NULL, "rua-missing"},
    {"RPT", {V "rua="}, NULL, "field-syntax"},
    {"RPT", {V "rua=noscheme"}, NULL, "field-syntax"},
    {"RPT", {V "rua=1mailto:a@x.example"}, NULL, "field-syntax"},
    {"RPT", {V "rua=mailto:a@x.example;;"}, NULL, "field-syntax"},
    {"RPT", {V "rua=mailto:a@x.example; test=="}, NULL, "field-syntax"},
    {"RPT", {V "rua=mailto:a@x.example,"}, NULL, "field-syntax"},
    {"RPT", {V "rua=,mailto:a@x.example"}, NULL, "field-syntax"},
    {"RPT", {V "rua=mailto:a@x.example,,https://x.example"}, NULL,
	"field-syntax"},
    {"RPT", {V "rua= mailto:a@x.example"}, NULL, "field-syntax"},
    {"RPT '!'", {V "rua=https://x.example/!"}, NULL, "field-syntax"},
    {"RPT '%'", {V "rua=mailto:a%4@x.example"}, NULL, "field-syntax"},
    {"RPT '%'", {V "rua=mailto:a%@x.example"}, NULL, "field-syntax"},
    {"RPT '%'", {V "rua=mailto:a%zz@x.example"}, NULL, "field-syntax"},
    {"RPT '%'", {V "rua=mailto:a%21b@x.example"}, "mailto:a%21b@x.example",
	NULL},
    {"RPT not ASCII", {V "rua=mailto:\xc3\xa9@x.example"}, NULL,
	"field-syntax"},
    {"RPT brackets", {V "rua=https://[2001:db8::1]:8443/x"},
	"https://[2001:db8::1]:8443/x", NULL},
    {"RPT brackets", {V "rua=https://x.example/[a]"}, NULL, "field-syntax"},
    {"RPT two '#'", {V "rua=https://x.example/#a#b"}, NULL, "field-syntax"},
    {"RPT case of the scheme", {V "rua=MAILTO:a@x.example,Https://x.example"},
	"MAILTO:a@x.example Https://x.example", NULL},
    {"RPT-1 duplicates", {V "rua=mailto:a@x.example, mailto:a@x.example"},
	"mailto:a@x.example", NULL},
    {"RPT-1 rua again", {V "rua=mailto:a@x.example; rua=https://x.example/r"},
	"mailto:a@x.example https://x.example/r", NULL},
    {"RPT-1 no address", {V "rua=mailto:@x.example,mailto:b@x.example"},
	"mailto:b@x.example", "rua-value"},
    {"RPT-1 no address", {V "rua=mailto:a@"}, NULL, "rua-value"},
    {"RPT-1 no address", {V "rua=mailto:?a@x.example"}, NULL, "rua-value"},
    {"RPT-1 line end in it", {V "rua=mailto:a%0d%0ab@x.example"}, NULL,
	"rua-value"},
    {"RPT-1 DEL in it", {V "rua=https://x.example/%7f"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https:///path"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https:x.example"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https://:443/"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https://a@/"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https://[::1/"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https://a@b@x.example/"}, NULL, "rua-value"},
    {"RPT-1 no host", {V "rua=https://x[1]/"}, NULL, "rua-value"},
    {"RPT-1 no port", {V "rua=https://x.example:https/"}, NULL, "rua-value"},
    {"RPT-1 no port", {V "rua=https://[::1]443/"}, NULL, "rua-value"},
    {"RPT-1 no port", {V "rua=https://x.example:1:2,mailto:a@x.example"},
	"mailto:a@x.example", "rua-value"},
    {"RPT-1 port, query", {V "rua=https://u@x.example:8443?a=b"},
	"https://u@x.example:8443?a=b", NULL},
    {"RPT-1 port left out", {V "rua=https://x.example:/v1"},
	"https://x.example:/v1", NULL},
    {"RPT-1 other schemes", {V "rua=ftp://x.example"}, "", NULL},
    {"RPT bound",
	{V "rua=mailto:" T500 T500 T50 "@x.example,mailto:b@x.example"},
	"mailto:b@x.example", "rua-limit"},
    {"RPT bound",
	{V "rua=mailto:1@x,mailto:2@x,mailto:3@x,mailto:4@x,mailto:5@x,"
	   "mailto:6@x,mailto:7@x,mailto:8@x,mailto:9@x"},
	"mailto:1@x mailto:2@x mailto:3@x mailto:4@x mailto:5@x mailto:6@x "
	"mailto:7@x mailto:8@x",
	"rua-limit"},
    {"RPT", {V "rua=mailto:a@x.example", V "junk"}, NULL, "too-many-records"},
    {"RPT", {"v=TLSRPTv1 ; rua=mailto:b@x", V "rua=mailto:a@x"}, "mailto:a@x",
	"space-before-;"},
    {"RPT", {NULL}, NULL, "no-record"},
};

static const char *
joined(const struct sts_tlsrpt *got, char *buf, size_t size)
{
	size_t i, n = 0;

	buf[0] = '\0';
	for (i = 0; i < got->n; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%.*s",
		    i > 0 ? " " : "", (int)got->rua[i].n, got->rua[i].p);
	return buf;
}

static void
table(void **state)
{
	int differences = 0;
	char buf[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sts_str rr[TXT_CASE_RRS];
		struct sts_txt txt = txt_case_set(&rows[i], rr);
		struct sts_diags diags = {0};
		struct sts_tlsrpt got = {.n = 99};
		enum sts_err err = sts_tlsrpt_parse(&txt, &got, &diags);

		if (err != STS_OK)
			assert_int_equal(got.n, 99);
		differences += txt_case_differs(&rows[i],
		    err == STS_OK ? joined(&got, buf, sizeof(buf)) : NULL,
		    &diags);
	}
	assert_int_equal(differences, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
