/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "items.h"
#include "mail.h"

static unsigned
spf_lookups(const char *text)
{
	struct sts_spf spf;
	struct sts_str bad;

	assert_int_equal(sts_spf_parse(sts_str(text), &spf, &bad), STS_OK);
	return spf.lookups;
}

static void
spf_good(void **state)
{
	static const char *const texts[] = {"v=spf1", "v=SPF1 -all",
	    "v=spf1 +mx a:colo.example/28 -all",
	    "v=spf1 a/24//64 mx:d.example//64 ip4:192.0.2.0/24 ?all",
	    "v=spf1 ip6:2001:db8::/32 ?all",
	    "v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} ~all",
	    "v=spf1 redirect=_spf.example.com",
	    "v=spf1 include:a.example  include:b.example -all exp=e.example",
	    "v=spf1 x-unknown=value x-empty= ptr:d.example -all"};
	struct sts_spf spf;
	struct sts_str bad;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(sts_spf_is(sts_str(texts[i])));
		if (sts_spf_parse(sts_str(texts[i]), &spf, &bad) != STS_OK)
			fail_msg("%s: \"%.*s\"", texts[i], (int)bad.n, bad.p);
	}
	assert_int_equal(spf.lookups, 1);
	assert_true(spf.ptr);
	assert_int_equal(spf.all, '-');
	assert_int_equal(spf_lookups("v=spf1 a -all mx redirect=b.c"), 1);
	assert_int_equal(spf_lookups("v=spf1 redirect=b.c a mx"), 3);
}

static void
spf_bad(void **state)
{
	static const char *const texts[][2] = {
	    {"v=spf1 ip4:192.0.2.300 -all", "ip4:192.0.2.300"},
	    {"v=spf1 ip4:192.0.2.1/33", "ip4:192.0.2.1/33"},
	    {"v=spf1 ip6:192.0.2.1", "ip6:192.0.2.1"},
	    {"v=spf1 ip4 -all", "ip4"}, {"v=spf1 include", "include"},
	    {"v=spf1 include:", "include:"}, {"v=spf1 all:x", "all:x"},
	    {"v=spf1 a/33", "a/33"}, {"v=spf1 mx//129", "mx//129"},
	    {"v=spf1 ipv4:192.0.2.1", "ipv4:192.0.2.1"},
	    {"v=spf1 exists:%x", "exists:%x"}, {"v=spf1 --all", "--all"},
	    {"v=spf1 redirect=", "redirect="}, {"v=spf1 \177", "\177"},
	    {"v=spf1 redirect=a.b redirect=c.d", "redirect=c.d"}};
	struct sts_spf spf;
	struct sts_str bad;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (sts_spf_parse(sts_str(texts[i][0]), &spf, &bad) !=
		    STS_ESYNTAX)
			fail_msg("taken: %s", texts[i][0]);
		assert_int_equal(bad.n, strlen(texts[i][1]));
		assert_memory_equal(bad.p, texts[i][1], bad.n);
	}
	assert_false(sts_spf_is(sts_str("v=spf10 -all")));
	assert_false(sts_spf_is(sts_str("v=spf")));
}

static void
dmarc(void **state)
{
	static const char *const bad_ones[] = {"v=DMARC1",
	    "v=DMARC1; p=", "v=DMARC1; p=deny", "v=DMARC1; p=none; pct=101",
	    "v=DMARC1; p=none; pct=", "v=DMARC1; p=none; adkim=x",
	    "v=DMARC1; p=none; rua=mailto:x", "v=DMARC1; p=none; rua=mailto:a@",
	    "v=DMARC1; p=none; fo=2", "v=DMARC1; p=none; rua=mailto:a@b,",
	    "v=DMARC1; p=none; nothing", "v=DMARC1; p=none; sp=maybe",
	    "v=DMARC1; p=none; ri=-1"};
	struct sts_dmarc found;
	struct sts_str bad;
	size_t i;

	(void)state;
	assert_int_equal(
	    sts_dmarc_parse(sts_str("v=DMARC1;p=quarantine; sp=none; pct=50; "
				    "rua=mailto:a@b.example, mailto:c@d!10m;"
				    " fo=1:d:s; adkim=s; ri=86400; x=y;"),
		&found, &bad),
	    STS_OK);
	assert_true(found.enforces && found.reports);
	assert_true(sts_dmarc_is(sts_str("v = DMARC1 ; p=none")));
	assert_false(sts_dmarc_is(sts_str("p=none; v=DMARC1")));
	assert_false(sts_dmarc_is(sts_str("v=DMARC2; p=none")));
	for (i = 0; i < sizeof(bad_ones) / sizeof(bad_ones[0]); i++)
		if (sts_dmarc_parse(sts_str(bad_ones[i]), &found, &bad) !=
		    STS_ESYNTAX)
			fail_msg("taken: %s", bad_ones[i]);
}

/* A key of 512 bits by openssl, as SubjectPublicKeyInfo and by itself. */
#define SPKI                                                           \
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALGxsbGxsbGxsbGxsbGxsbGxsbGx" \
	"sbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbGxsbECAwEAAQ=="

static void
dkim(void **state)
{
	static const char *const bad_ones[] = {"", "v=DKIM1", "p=!!!",
	    "v=DKIM2; p=", "k=rsa; v=DKIM1; p=", "k=dsa; p=", "p=AAAA",
	    "k=ed25519; p=AAAA", "v=DKIM1; k=rsa; p=MFww", "p=A"};
	static const char ed25519[] =
	    "v=DKIM1; k=ed25519; t=s:y; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	struct sts_dkim found;
	struct sts_str bad;
	char text[256];
	size_t i;

	(void)state;
	assert_int_equal(
	    sts_dkim_parse(sts_str(ed25519), &found, &bad), STS_OK);
	assert_true(found.ed25519 && found.testing && !found.revoked);
	assert_int_equal(
	    sts_dkim_parse(sts_str("p=" SPKI), &found, &bad), STS_OK);
	assert_int_equal(found.bits, 512);
	assert_int_equal(
	    sts_dkim_parse(sts_str("v=DKIM1; p="), &found, &bad), STS_OK);
	assert_true(found.revoked);
	/* One digit too many, which DER would not see. */
	(void)snprintf(text, sizeof(text), "p=%.126sAAA", SPKI);
	assert_int_equal(
	    sts_dkim_parse(sts_str(text), &found, &bad), STS_ESYNTAX);
	for (i = 0; i < sizeof(bad_ones) / sizeof(bad_ones[0]); i++)
		if (sts_dkim_parse(sts_str(bad_ones[i]), &found, &bad) !=
		    STS_ESYNTAX)
			fail_msg("taken: \"%s\"", bad_ones[i]);
}

/* A code that stands for many is not taken for one that has its own row. */
static void
catalog(void **state)
{
	(void)state;
	assert_int_equal(
	    sts_catalog_find("record-none")->grade, STS_CHECK_WARNING);
	assert_int_equal(
	    sts_catalog_find("record-dns")->grade, STS_CHECK_UNKNOWN);
	assert_int_equal(
	    sts_catalog_find("policy-forged")->grade, STS_CHECK_ERROR);
	assert_string_equal(
	    sts_catalog_find("record-id-value")->code, "record-");
	assert_string_equal(sts_catalog_find("nothing")->code, "");
}

/* Past the bound items are counted, and their grade counts all the same. */
static void
many_items(void **state)
{
	struct sts_items items = {.n = 0};
	int i;

	(void)state;
	for (i = 0; i < STS_CHECK_ITEMS + 10; i++)
		(void)sts_item_find(
		    &items, STS_CHECK_MX, "mx-tls", "a\001b", "seen");
	assert_int_equal(items.n, STS_CHECK_ITEMS);
	assert_int_equal(items.dropped, 10);
	assert_int_equal(items.count[STS_CHECK_ERROR], STS_CHECK_ITEMS + 10);
	assert_string_equal(items.list[0].subject, "a\\x01b");
	sts_items_free(&items);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spf_good),
	    cmocka_unit_test(spf_bad),
	    cmocka_unit_test(dmarc),
	    cmocka_unit_test(dkim),
	    cmocka_unit_test(catalog),
	    cmocka_unit_test(many_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
