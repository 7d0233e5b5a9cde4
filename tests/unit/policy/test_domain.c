/* SPDX-License-Identifier: ISC */
/* Domain and host names (DOM-3, DOM-5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/domain.h"

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
/* 3 * 64 + 52 = 244, and 9 octets of "_mta-sts." make 253. */
#define L52  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define N244 L63 "." L63 "." L63 "." L52
#define N253 N244 ".cccccccc"

struct row {
	const char *id;
	const char *text;
	size_t n; /* 0: as long as the string */
	enum sts_err want;
	const char *out;
};

typedef enum sts_err parse_fn(struct sts_str text, char out[STS_DOMAIN_SIZE]);

static const struct row domains[] = {
    {"DOM-5", "example.com", 0, STS_OK, "example.com"},
    {"DOM-5", "EXAMPLE.Com", 0, STS_OK, "example.com"},
    {"DOM-5", "example.com.", 0, STS_OK, "example.com"},
    {"DOM-5", "localhost", 0, STS_OK, "localhost"},
    {"DOM-5", "1.example", 0, STS_OK, "1.example"},
    {"DOM-5", "a--b.example", 0, STS_OK, "a--b.example"},
    {"DOM-5", "XN--BCHER-KVA.example", 0, STS_OK, "xn--bcher-kva.example"},
    {"DOM-5", L63 ".example", 0, STS_OK, L63 ".example"},
    {"DOM-5", N244, 0, STS_OK, N244},
    {"DOM-5", N244 ".", 0, STS_OK, N244},
    {"DOM-5 U-label",
	"b\xc3\xbc"
	"cher.example",
	0, STS_OK, "xn--bcher-kva.example"},
    {"DOM-5 upper U-label",
	"B\xc3\x9c"
	"CHER.Example.",
	0, STS_OK, "xn--bcher-kva.example"},
    {"DOM-5 not normalised",
	"bu\xcc\x88"
	"cher.example",
	0, STS_OK, "xn--bcher-kva.example"},
    {"DOM-5 nontransitional", "fa\xc3\x9f.example", 0, STS_OK,
	"xn--fa-hia.example"},
    {"DOM-5 ideographic dot",
	"b\xc3\xbc"
	"cher\xe3\x80\x82"
	"example",
	0, STS_OK, "xn--bcher-kva.example"},
    {"DOM-3", "192.0.2.1", 0, STS_EINVAL, NULL},
    {"DOM-3", "192.0.2.1.", 0, STS_EINVAL, NULL},
    {"DOM-3", "999.0.2.1", 0, STS_EINVAL, NULL},
    {"DOM-3 full width", "\xef\xbc\x91.2.3.4", 0, STS_EINVAL, NULL},
    {"DOM-3", "2001:db8::1", 0, STS_EINVAL, NULL},
    {"DOM-3", "::ffff:192.0.2.1", 0, STS_EINVAL, NULL},
    {"DOM-3", "[192.0.2.1]", 0, STS_EINVAL, NULL},
    {"DOM-3", "[IPv6:2001:db8::1]", 0, STS_EINVAL, NULL},
    {"DOM-3 '_'", "_dmarc.example.com", 0, STS_EINVAL, NULL},
    {"DOM-3 '_'", "a_b.example.com", 0, STS_EINVAL, NULL},
    {"DOM-3 no room for _mta-sts", N244 "b", 0, STS_EINVAL, NULL},
    {"DOM-3 no room for _mta-sts", N253, 0, STS_EINVAL, NULL},
    {"DOM-5", "", 0, STS_ESYNTAX, NULL},
    {"DOM-5", ".", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "..", 0, STS_ESYNTAX, NULL},
    {"DOM-3 no host name", ".example.com", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "example.com..", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "a..b", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "a/b", 0, STS_EINVAL, NULL},
    {"DOM-5", "a@b", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a:25", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a b", 0, STS_ESYNTAX, NULL},
    {"DOM-5", " a", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a\n", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a\\b", 0, STS_ESYNTAX, NULL},
    {"DOM-3 no host name", "*.example.com", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "-a.example", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "a-.example", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "a..b_c", 0, STS_EINVAL, NULL},
    {"DOM-5", "[192.0.2.1", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "[]", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "[a\nb]", 0, STS_ESYNTAX, NULL},
    {"DOM-5 NUL", "a\0.example", 10, STS_ESYNTAX, NULL},
    {"DOM-5 NUL", "192.0.2.1\0", 10, STS_ESYNTAX, NULL},
    {"DOM-5 NUL and U-label", "\xc3\xbc.example\0", 11, STS_ESYNTAX, NULL},
    {"DOM-3 too long", L63 "a.example", 0, STS_EINVAL, NULL},
    {"DOM-3 too long", N253 "c", 0, STS_EINVAL, NULL},
    {"DOM-5 not UTF-8",
	"b\xfc"
	"cher.example",
	0, STS_ESYNTAX, NULL},
    {"DOM-3 U-label and '/'", "\xc3\xbc/a.example", 0, STS_EINVAL, NULL},
    {"DOM-3 only a combining mark", "\xcc\x88.example", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "a/b.example", 0, STS_EINVAL, NULL},
    {"DOM-3 no host name", "!#$%&'*+-/=?^`{|}~", 0, STS_EINVAL, NULL},
    {"DOM-3 disallowed", "\xf0\x9f\x98\x80.example", 0, STS_EINVAL, NULL},
    {"DOM-3 disallowed", "B\xc3\x9c\xe2\x9d\xa4.example", 0, STS_EINVAL, NULL},
    {"DOM-3 hyphen", "-\xc3\xbc.example", 0, STS_EINVAL, NULL},
    {"DOM-3 bidi", "\xd7\x90z.example", 0, STS_EINVAL, NULL},
    {"DOM-3 over-long U-label", L63 "\xc3\xbc.example", 0, STS_EINVAL, NULL},
    {"DOM-3 empty label", "\xc3\xbc..example", 0, STS_EINVAL, NULL},
    {"DOM-5 unassigned", "\xcd\xb8.example", 0, STS_ESYNTAX, NULL},
    {"DOM-5 unassigned", "\xc3\x9c\xcd\xb8.example", 0, STS_ESYNTAX, NULL},
    {"DOM-5 disallowed, not UTF-8", "\xf0\x9f\x98\x80.b\xfc.example", 0,
	STS_ESYNTAX, NULL},
    {"DOM-5 disallowed, control", "\xf0\x9f\x98\x80.b\x01.example", 0,
	STS_ESYNTAX, NULL},
    {"DOM-5 disallowed, '@'", "a@\xf0\x9f\x98\x80.example", 0, STS_ESYNTAX,
	NULL},
    {"DOM-5 A-label of it", "xn--e28h.example", 0, STS_OK, "xn--e28h.example"},
    {"DOM-5 and beside a U-label", "xn--e28h.b\xc3\xbc.example", 0, STS_ESYNTAX,
	NULL},
    {"DOM-5 broken A-label", "xn--99999.\xc3\xbc", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a/b c", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a/b\x7f", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a/b\0.example", 12, STS_ESYNTAX, NULL},
    {"DOM-5", "user@a/b", 0, STS_ESYNTAX, NULL},
    {"DOM-5", "a,b", 0, STS_ESYNTAX, NULL},
};

static const struct row hosts[] = {
    {"MX-1", "MX.Example.COM.", 0, STS_OK, "mx.example.com"},
    {"MX-1", "mx_1.example.com", 0, STS_OK, "mx_1.example.com"},
    {"MX-1", N253, 0, STS_OK, N253},
    {"MX-1", "192.0.2.1", 0, STS_EINVAL, NULL},
    {"MX-1", "[192.0.2.1]", 0, STS_EINVAL, NULL},
    {"MX-1", "a..b", 0, STS_ESYNTAX, NULL},
    {"MX-1", "a/b", 0, STS_ESYNTAX, NULL},
    {"MX-1", "", 0, STS_ESYNTAX, NULL},
    {"MX-9 null MX", ".", 0, STS_ESYNTAX, NULL},
    {"MX-1 U-label",
	"b\xc3\xbc"
	"cher.example",
	0, STS_ESYNTAX, NULL},
    {"MX-1", N253 "c", 0, STS_ESYNTAX, NULL},
};

static int
check(const struct row *row, parse_fn *parse)
{
	char out[STS_DOMAIN_SIZE] = "untouched";
	struct sts_str text = {
	    row->text, row->n != 0 ? row->n : strlen(row->text)};
	enum sts_err err = parse(text, out);
	const char *want = row->out != NULL ? row->out : "untouched";

	if (err == row->want && strcmp(out, want) == 0)
		return 0;
	printf("%s: %.*s gives %s \"%s\"\n", row->id, (int)text.n, text.p,
	    sts_err_name(err), out);
	return 1;
}

static void
domain_names(void **state)
{
	int differences = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		differences += check(&domains[i], sts_domain_parse);
	assert_int_equal(differences, 0);
}

static void
host_names(void **state)
{
	int differences = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		differences += check(&hosts[i], sts_host_parse);
	assert_int_equal(differences, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(domain_names),
	    cmocka_unit_test(host_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
