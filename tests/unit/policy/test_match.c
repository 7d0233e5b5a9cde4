/* SPDX-License-Identifier: ISC */
/* Patterns and hosts beyond the vectors (MX-1, MX-2, MX-10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sts/match.h"

#define L63  "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define L59  "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define N251 L63 "." L63 "." L63 "." L59
#define N252 N251 "d"

static const struct {
	const char *id;
	const char *pattern, *host;
	bool want;
} rows[] = {
    {"MX-1", "Mail.Example.COM", "mail.example.com", true},
    {"MX-1", "mail.example.com.", "mail.example.com.", true},
    {"MX-1", "mail.example.com", "mail.example.com..", false},
    {"MX-1", "mail.example.com..", "mail.example.com", false},
    {"MX-1", "", "", false},
    {"MX-1", ".", ".", false},
    {"MX-1", "mail.example.com", "", false},
    {"MX-1", "localhost", "localhost", true},
    {"MX-1 U-label", "xn--bcher-kva.example",
	"b\xc3\xbc"
	"cher.example",
	true},
    {"MX-1 upper U-label", "XN--Bcher-KVA.example",
	"B\xc3\x9c"
	"cher.EXAMPLE.",
	true},
    {"MX-1 not its letters without diacritics", "xn--bcher-kva.example",
	"bucher.example", false},
    {"MX-1 U-label in the pattern",
	"b\xc3\xbc"
	"cher.example",
	"b\xc3\xbc"
	"cher.example",
	false},
    {"MX-1 U-label in the pattern",
	"b\xc3\xbc"
	"cher.example",
	"xn--bcher-kva.example", false},
    {"MX-1 U-label that is none", "xn--e28h.example",
	"\xf0\x9f\x98\x80.example", false},
    {"MX-1 not UTF-8", "*.example",
	"b\xfc"
	"cher.example",
	false},
    {"MX-2 U-label", "*.example",
	"b\xc3\xbc"
	"cher.example",
	true},
    {"MX-2 dot of another script", "*.example",
	"mx.b\xc3\xbc"
	"cher\xe3\x80\x82"
	"example",
	false},
    {"an address in full width", "1.2.3.4", "\xef\xbc\x91.2.3.4", false},
    {"MX-2 too long a host", "*." N252, "a." N252, false},
    {"MX-2 as long as may be", "*." N251, "a." N251, true},
    {"MX-2", "*.example.com", "*.mail.example.com", false},
    {"MX-2", "*.example.com", "example.com", false},
    {"MX-2", "*.example.com", ".example.com", false},
    {"MX-2", "*.example.com", "..example.com", false},
    {"MX-2", "*.example.com", "a.b.example.com", false},
    {"MX-2", "*.EXAMPLE.com", "a.example.COM.", true},
    {"MX-2", "*", "mail", false},
    {"MX-2", "*.", "mail", false},
    {"MX-2", "*.", "mail.", false},
    {"MX-2", "*.*.example.com", "a.b.example.com", false},
    {"MX-2", "*.*.example.com", "a.*.example.com", false},
    {"MX-2", "mail.*.com", "mail.example.com", false},
    {"MX-2", "mail.*.com", "mail.*.com", false},
    {"MX-2", "**.example.com", "mail.example.com", false},
    {"MX-2", ".example.com", "mail.example.com", false},
    {"MX-2", ".example.com", ".example.com", false},
    {"MX-2 space in a label", "*.example.com", "a b.example.com", false},
    {"MX-2 control character", "*.example.com", "a\n.example.com", false},
    {"MX-10", "mx*.example.com", "mx1.example.com", false},
    {"MX-10", "*mx.example.com", "mmx.example.com", false},
    {"an address", "*.0.0.1", "127.0.0.1", false},
    {"an address", "*.0.0.1", "127.0.0.1.", false},
    {"an address", "[127.0.0.1]", "[127.0.0.1]", false},
    {"an address", "::1", "::1", false},
};

static void
patterns(void **state)
{
	int differences = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (sts_pattern_match(sts_str(rows[i].pattern),
			sts_str(rows[i].host)) == rows[i].want)
			continue;
		printf("%s: \"%s\" and \"%s\"\n", rows[i].id, rows[i].pattern,
		    rows[i].host);
		differences++;
	}
	assert_int_equal(differences, 0);
}

static void
no_trust_in_nul(void **state)
{
	struct sts_str host = {"evil\0.example.com", 17};
	struct sts_str cut = {"mail.example.com\0.evil.example", 30};

	(void)state;
	assert_false(sts_pattern_match(sts_str("*.example.com"), host));
	assert_false(sts_pattern_match(sts_str("mail.example.com"), cut));
}

static void
a_policy_covers_by_any_mx(void **state)
{
	const char *const mx[] = {"a.example", "*.b.example"};
	struct sts_policy policy = {.mode = STS_MODE_ENFORCE, .n_mx = 2};

	(void)state;
	policy.mx = mx;
	assert_true(sts_policy_match(&policy, sts_str("A.example.")));
	assert_true(sts_policy_match(&policy, sts_str("x.b.example")));
	assert_false(sts_policy_match(&policy, sts_str("b.example")));
	policy.n_mx = 0;
	assert_false(sts_policy_match(&policy, sts_str("a.example")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(patterns),
	    cmocka_unit_test(no_trust_in_nul),
	    cmocka_unit_test(a_policy_covers_by_any_mx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
