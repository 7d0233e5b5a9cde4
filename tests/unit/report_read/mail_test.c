/* SPDX-License-Identifier: ISC */
/* RPT-8, RPT-10 from the other side: what holds a report, and how. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "sts/report.h"

#define MAIL "RFC 8460 section 5.3"
#define TYPE "Content-Type: application/tlsrpt+json\n"
#define MULTI                                                   \
	"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"    \
	"Content-type: multipart/report; report-type=tlsrpt;\n" \
	"\tboundary=\"b\"\n\npreamble\n--b\n\nwords\n"

static struct sts_str
gzipped(const char *text)
{
	struct sts_str made;
	char *out;

	assert_int_equal(sts_report_gzip(sts_str(text), &out, &made.n), STS_OK);
	made.p = out;
	return made;
}

/* With LF, with CRLF, from an mbox, and cut short where it does not matter. */
static void
our_mail(void **state)
{
	const struct sts_reporter_name us = {
	    "Sender Ltd", "tls@sender.example", "sender.example", NULL};
	struct sts_tally *tally = sts_tally_new("a.example", DAY);
	struct sts_tls_result r = failure(STS_RESULT_TLSA_INVALID, "mx");
	struct sts_str gzip;
	char *json, *mail, *crlf, *to, *got;
	size_t n, size;

	(void)state;
	add(tally, &r);
	assert_int_equal(sts_report_json(&us, tally, &json, &n), STS_OK);
	gzip = gzipped(json);
	assert_int_equal(
	    sts_report_mail(&us, tally, "r@a.example", gzip, 0, &mail, &size),
	    STS_OK);
	got = must_open((struct sts_str){mail, size}, 0);
	assert_string_equal(got, json);
	free(got);
	crlf = malloc(2 * size + 100);
	to = crlf + sprintf(crlf, "From MAILER Sat Jan 31 00:00:00 2026\r\n");
	for (size_t i = 0; i < size; i++) {
		if (mail[i] == '\n')
			*to++ = '\r';
		*to++ = mail[i];
	}
	got = must_open((struct sts_str){crlf, (size_t)(to - crlf)}, 0);
	assert_string_equal(got, json);
	free(got);
	got = must_open((struct sts_str){mail, size - 5}, 0);
	assert_string_equal(got, json);
	free(got);
	must_not_open((struct sts_str){mail, size - 60}, STS_ESYNTAX, "gzip",
	    "RFC 8460 section 5.2", "broken, or cut short");
	got = must_open(gzip, 0);
	assert_string_equal(got, json);
	free(got);
	sts_tally_free(tally);
	free((char *)gzip.p);
	free(json);
	free(mail);
	free(crlf);
}

/* The form, and what is to come out. */
static void
forms(void **state)
{
	static const struct {
		const char *mail;
		const char *want;
		size_t notes;
	} forms[] = {
	    {"{}", "{}", 0},
	    {" \r\n\t[1]", " \r\n\t[1]", 0},
	    {TYPE "\n{}", "{}", 0},
	    {TYPE "Content-Transfer-Encoding: 7bit\n\n{\n}\n", "{\n}\n", 0},
	    {TYPE "Content-Transfer-Encoding: BASE64\r\n\r\ne3\r\n0=\r\n", "{}",
		0},
	    {TYPE "Content-Transfer-Encoding: base64\n\ne!3\n0\n", "{}", 0},
	    {TYPE "Content-Transfer-Encoding: quoted-printable\n\n"
		  "{=7b=0A=\n=7D =\n} \n=zz",
		"{{\n} }\n=zz\n", 0},
	    {"content-type:\n application/TLSRPT+json (x)\nX: y\n\n{}", "{}",
		0},
	    {MULTI "--b\n" TYPE "\n{}\n--b--\n--b\n" TYPE "\n[]\n--b--\n",
		"{}\n", 0},
	    /* No end; spaces after the boundary; what only begins like it. */
	    {MULTI "--b \t\n" TYPE "\n{}\n--bb\n--b--x", "{}\n--bb\n--b--x", 0},
	    {MULTI "--b\nContent-Type: multipart/mixed; x=\"; boundary=z\"; "
		   "Boundary=c\n\n"
		   "--c\n" TYPE "\n{}\n--c--\n--b--\n",
		"{}\n", 0},
	    {MULTI "--b\nContent-Type: message/rfc822\n\n" MULTI "--b--\n",
		NULL, 0},
	    {"Content-Type: message/rfc822\n\n" TYPE "\n{}", "{}", 0},
	    {MULTI "--b\nContent-Type: application/octet-stream\n\n{}\n--b--\n",
		"{}\n", 1},
	    /* One of its own name comes before one of another. */
	    {MULTI "--b\nContent-Type: application/json\n\n[]\n--b\n" TYPE
		   "\n{}\n--b--\n",
		"{}\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct sts_str file = sts_str(forms[i].mail);
		char *got;

		if (forms[i].want == NULL) {
			must_not_open(file, STS_ENOENT, "no-report", MAIL, "");
			continue;
		}
		got = must_open(file, forms[i].notes);
		assert_string_equal(got, forms[i].want);
		if (forms[i].notes > 0)
			must_note("media-type", MAIL,
			    "the report is called application/octet-stream");
		free(got);
	}
}

static void
broken(void **state)
{
	static const struct {
		const char *file;
		enum sts_err err;
		const char *rule, *section, *words;
	} bad[] = {
	    {"", STS_ESYNTAX, "empty", "RFC 8460 section 5", "it is empty"},
	    {"hello there", STS_ESYNTAX, "form", "RFC 8460 section 5",
		"neither JSON nor gzip nor a mail"},
	    {"\x1f\x8b\b", STS_ESYNTAX, "gzip", "RFC 8460 section 5.2",
		"broken, or cut short"},
	    {"Subject: x\n\n{}", STS_ENOENT, "no-report", MAIL,
		"no part is application/tlsrpt+gzip or +json"},
	    {MULTI "--b--\n--b\n" TYPE "\n{}\n", STS_ENOENT, "no-report", MAIL,
		""},
	    {"Content-Type: multipart/report\n\n--\n" TYPE "\n{}\n", STS_ENOENT,
		"no-report", MAIL, ""},
	    {TYPE "Content-Transfer-Encoding: \x1b\n\n{}", STS_ESYNTAX,
		"encoding", "RFC 2045 section 6.1", "not known: \\x1b"},
	    {TYPE "\n", STS_ESYNTAX, "empty", MAIL,
		"the part with the report is empty"},
	    {TYPE, STS_ESYNTAX, "empty", MAIL, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		must_not_open(sts_str(bad[i].file), bad[i].err, bad[i].rule,
		    bad[i].section, bad[i].words);
}

/* Parts in parts: as deep as the bound, and no deeper. */
static void
depth(void **state)
{
	char mail[4096];

	(void)state;
	for (unsigned deep = 7; deep < 10; deep++) {
		size_t n = 0;
		char *got;

		for (unsigned i = 0; i < deep; i++)
			n += (size_t)sprintf(
			    mail + n, "Content-Type: message/rfc822\n\n");
		memcpy(mail + n, TYPE "\n{}", sizeof(TYPE "\n{}"));
		if (deep > 8) {
			must_not_open(
			    sts_str(mail), STS_ENOENT, "no-report", MAIL, "");
			continue;
		}
		got = must_open(sts_str(mail), 0);
		assert_string_equal(got, "{}");
		free(got);
	}
}

/* A bomb stops at the bound; several members are one text. */
static void
gzip(void **state)
{
	const size_t most = STS_READ_JSON_MAX;
	char *zeros = malloc(most + 2), *got, *two;
	struct sts_str bomb, part;

	(void)state;
	memset(zeros, ' ', most + 1);
	zeros[most + 1] = '\0';
	bomb = gzipped(zeros);
	assert_true(bomb.n < 30000);
	must_not_open(bomb, STS_ELIMIT, "unpacked-size", "RFC 8460 section 5.2",
	    "more than 20 MiB");
	free((char *)bomb.p);
	zeros[most] = '\0';
	bomb = gzipped(zeros);
	got = must_open(bomb, 0);
	assert_int_equal(strlen(got), most);
	free(got);
	free((char *)bomb.p);
	free(zeros);

	part = gzipped("{}");
	two = calloc(1, 2 * part.n + 1);
	memcpy(two, part.p, part.n);
	memcpy(two + part.n, part.p, part.n);
	got = must_open((struct sts_str){two, 2 * part.n}, 0);
	assert_string_equal(got, "{}{}");
	free(got);
	memset(two + part.n, 0, part.n); /* padding */
	got = must_open((struct sts_str){two, 2 * part.n}, 0);
	assert_string_equal(got, "{}");
	free(got);
	for (size_t n = 2; n < part.n; n++)
		must_not_open((struct sts_str){part.p, n}, STS_ESYNTAX, "gzip",
		    "RFC 8460 section 5.2", "cut short");
	free(two);
	free((char *)part.p);
}

static void
file_size(void **state)
{
	char *text = malloc(STS_READ_FILE_MAX + 1);

	(void)state;
	memset(text, ' ', STS_READ_FILE_MAX + 1);
	must_not_open((struct sts_str){text, STS_READ_FILE_MAX + 1}, STS_ELIMIT,
	    "file-size", "RFC 8460 section 5.2", "larger than 16 MiB");
	must_not_open((struct sts_str){text, STS_READ_FILE_MAX}, STS_ESYNTAX,
	    "form", "RFC 8460 section 5", "");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_mail),
	    cmocka_unit_test(forms),
	    cmocka_unit_test(broken),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(gzip),
	    cmocka_unit_test(file_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
