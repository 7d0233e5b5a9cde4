/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "seal_by.h"
#include "sts/shared.h"

#define NOW      1700004000
#define TIME_MAX INT64_C(9999999999999)
#define HEAD     110 /* octets in front of the value */

/* SHA-256 of "0123456789abcdef0123456789abcdef". */
static const struct sts_secrets cluster = {
    {{0x3e, 0xb1, 0xbd, 0x43, 0x99, 0x47, 0xeb, 0x76, 0x29, 0x98, 0xe5, 0x66,
	0xcc, 0xc2, 0xe0, 0x99, 0xc7, 0x91, 0x11, 0x8b, 0x2f, 0x40, 0x57, 0x9c,
	0xc4, 0xf7, 0xda, 0x2b, 0x50, 0x61, 0xb7, 0xf9}},
    1};
static const struct sts_secrets other = {{{1}}, 1};

static struct sts_store_item
item_of(const char *key, const char *value)
{
	return (struct sts_store_item){
	    .key = sts_str(key),
	    .value = sts_str(value),
	    .fetched = 1700000000,
	    .checked = 1700003600,
	    .expiry = 1700604800,
	};
}

static struct sts_str
seal(const struct sts_secrets *secrets, const struct sts_store_item *item)
{
	char *text = NULL;
	size_t n = 0;

	assert_int_equal(
	    seal_by(secrets, STS_BUCKET_POLICY, item, &text, &n), STS_OK);
	return (struct sts_str){text, n};
}

static enum sts_unseal
unseal_at(const char *key, int64_t wall, struct sts_str sealed)
{
	struct sts_store_item got;

	return unseal_by(
	    &cluster, STS_BUCKET_POLICY, sts_str(key), wall, sealed, &got);
}

static enum sts_unseal
unseal(const char *key, struct sts_str sealed)
{
	return unseal_at(key, NOW, sealed);
}

/* Made with Python: hmac.new(sha256(secret), "S1 policy 9 a.example ..."). */
static void
known_answer(void **state)
{
	struct sts_store_item item = item_of("a.example", "version: STSv1\n");
	struct sts_str sealed = seal(&cluster, &item);
	static const char want[] =
	    "S1 0001700000000 0001700003600 0001700604800 "
	    "835ff81ec071bb2d52772da0b8825ea99974c7b9bd45433ea3f095544b933dce\n"
	    "version: STSv1\n";

	(void)state;
	assert_int_equal(sealed.n, sizeof(want) - 1);
	assert_memory_equal(sealed.p, want, sealed.n);
	free((char *)sealed.p);
}

static void
comes_back(struct sts_store_item item)
{
	struct sts_str sealed = seal(&cluster, &item);
	struct sts_store_item got;

	assert_int_equal(
	    unseal_by(&cluster, STS_BUCKET_POLICY, item.key, NOW, sealed, &got),
	    STS_UNSEAL_OK);
	assert_ptr_equal(got.key.p, item.key.p);
	assert_int_equal(got.value.n, item.value.n);
	assert_memory_equal(got.value.p, item.value.p, item.value.n);
	assert_int_equal(got.fetched, item.fetched);
	assert_int_equal(got.checked, item.checked);
	assert_int_equal(got.expiry, item.expiry);
	assert_true(got.foreign);
	free((char *)sealed.p);
}

static void
round_trip(void **state)
{
	static char large[STS_STORE_VALUE_MAX];
	struct sts_store_item item = item_of("a.example", "mx: mx.example\n");

	(void)state;
	comes_back(item);
	item.value = sts_str("");
	comes_back(item);
	item.value = (struct sts_str){"a\0b\nc", 5};
	comes_back(item);
	item.value = (struct sts_str){large, sizeof(large)};
	comes_back(item);
	item.fetched = item.checked = 0;
	item.expiry = TIME_MAX;
	comes_back(item);
	item.key = (struct sts_str){"", 0};
	comes_back(item);
}

/* THR-9: no octet can be another one, no octet less or more. */
static void
every_octet(void **state)
{
	struct sts_store_item item = item_of("a.example", "mode: enforce\n");
	struct sts_str sealed = seal(&cluster, &item);
	char *text = malloc(sealed.n + 1);
	size_t i;
	int by;

	(void)state;
	assert_non_null(text);
	memcpy(text, sealed.p, sealed.n);
	text[sealed.n] = '\n';
	assert_int_equal(unseal("a.example", (struct sts_str){text, sealed.n}),
	    STS_UNSEAL_OK);
	for (i = 0; i < sealed.n; i++)
		for (by = 1; by < 256; by++) {
			text[i] = (char)(sealed.p[i] ^ by);
			assert_int_not_equal(
			    unseal(
				"a.example", (struct sts_str){text, sealed.n}),
			    STS_UNSEAL_OK);
			text[i] = sealed.p[i];
		}
	for (i = 0; i <= sealed.n + 1; i++)
		if (i != sealed.n)
			assert_int_equal(
			    unseal("a.example", (struct sts_str){text, i}),
			    i < HEAD ? STS_UNSEAL_SYNTAX : STS_UNSEAL_FORGED);
	free(text);
	free((char *)sealed.p);
}

/* THR-9: an item holds for its key alone, in its bucket, by our secret. */
static void
another(void **state)
{
	struct sts_store_item item = item_of("a.example", "mode: none\n"), got;
	struct sts_str mine = seal(&cluster, &item);
	struct sts_str theirs = seal(&other, &item);
	struct sts_secrets none = {.n = 0};

	(void)state;
	assert_int_equal(unseal("a.example", mine), STS_UNSEAL_OK);
	assert_int_equal(unseal("b.example", mine), STS_UNSEAL_FORGED);
	assert_int_equal(unseal("a.exampl", mine), STS_UNSEAL_FORGED);
	assert_int_equal(unseal("a.example", theirs), STS_UNSEAL_FORGED);
	assert_int_equal(
	    unseal_by(&cluster, STS_BUCKET_REPORT, item.key, NOW, mine, &got),
	    STS_UNSEAL_FORGED);
	assert_null(sts_sealer_new(&none));
	free((char *)mine.p);
	free((char *)theirs.p);
}

/* A key that says what stands behind a key does not become that. */
static void
no_second_reading(void **state)
{
	struct sts_store_item item = item_of("a", "0001700000000\nx");
	struct sts_str sealed = seal(&cluster, &item), moved;
	char text[HEAD + 1];

	(void)state;
	assert_int_equal(unseal("a", sealed), STS_UNSEAL_OK);
	memcpy(text, sealed.p, HEAD);
	text[HEAD] = 'x';
	moved = (struct sts_str){text, sizeof(text)};
	assert_int_equal(unseal("a", moved), STS_UNSEAL_FORGED);
	assert_int_equal(
	    unseal("a 0001700000000 0001700003600 0001700604800 15\n"
		   "0001700000000",
		moved),
	    STS_UNSEAL_FORGED);
	free((char *)sealed.p);
}

static void
rotation(void **state)
{
	struct sts_store_item item = item_of("a.example", "x");
	struct sts_secrets both = {.n = 2};
	struct sts_str old = seal(&cluster, &item), now;
	struct sts_store_item got;

	(void)state;
	memcpy(both.key[0], other.key[0], sizeof(both.key[0]));
	memcpy(both.key[1], cluster.key[0], sizeof(both.key[1]));
	assert_int_equal(
	    unseal_by(&both, STS_BUCKET_POLICY, item.key, NOW, old, &got),
	    STS_UNSEAL_OK);
	now = seal(&both, &item);
	assert_int_equal(
	    unseal_by(&both, STS_BUCKET_POLICY, item.key, NOW, now, &got),
	    STS_UNSEAL_OK);
	/* The first one signs. */
	assert_int_equal(
	    unseal_by(&other, STS_BUCKET_POLICY, item.key, NOW, now, &got),
	    STS_UNSEAL_OK);
	assert_int_equal(unseal("a.example", now), STS_UNSEAL_FORGED);
	free((char *)old.p);
	free((char *)now.p);
}

/* THR-9, THR-12: nothing from more than 300 s ahead, be it signed. */
static void
ahead(void **state)
{
	struct sts_store_item item = item_of("a.example", "x");
	struct sts_str sealed;

	(void)state;
	item.fetched = item.checked = NOW;
	sealed = seal(&cluster, &item);
	assert_int_equal(
	    unseal_at("a.example", NOW - 301, sealed), STS_UNSEAL_AHEAD);
	assert_int_equal(
	    unseal_at("a.example", NOW - 300, sealed), STS_UNSEAL_OK);
	assert_int_equal(
	    unseal_at("a.example", NOW - 299, sealed), STS_UNSEAL_OK);
	assert_int_equal(
	    unseal_at("a.example", INT64_MIN, sealed), STS_UNSEAL_AHEAD);
	free((char *)sealed.p);
	/* Either of the two times counts. */
	item.fetched -= 1000;
	sealed = seal(&cluster, &item);
	assert_int_equal(
	    unseal_at("a.example", NOW - 301, sealed), STS_UNSEAL_AHEAD);
	free((char *)sealed.p);
	item.fetched = NOW;
	item.checked -= 1000;
	sealed = seal(&cluster, &item);
	assert_int_equal(
	    unseal_at("a.example", NOW - 301, sealed), STS_UNSEAL_AHEAD);
	free((char *)sealed.p);
}

static void
expired(void **state)
{
	struct sts_store_item item = item_of("a.example", "x");
	struct sts_str sealed = seal(&cluster, &item);

	(void)state;
	assert_int_equal(
	    unseal_at("a.example", item.expiry - 1, sealed), STS_UNSEAL_OK);
	assert_int_equal(
	    unseal_at("a.example", item.expiry, sealed), STS_UNSEAL_EXPIRED);
	assert_int_equal(
	    unseal_at("a.example", INT64_MAX, sealed), STS_UNSEAL_EXPIRED);
	/* Who did not sign is not told apart from who did. */
	assert_int_equal(
	    unseal_at("b.example", item.expiry, sealed), STS_UNSEAL_FORGED);
	free((char *)sealed.p);
}

static void
versions(void **state)
{
	static const struct {
		const char *text;
		enum sts_unseal want;
	} tries[] = {
	    {"S2 0001700000000 0001700003600 x", STS_UNSEAL_LATER},
	    {"S2 ", STS_UNSEAL_LATER},
	    {"S10 ", STS_UNSEAL_LATER},
	    {"S2", STS_UNSEAL_SYNTAX},
	    {"S0 ", STS_UNSEAL_SYNTAX},
	    {"S02 ", STS_UNSEAL_SYNTAX},
	    {"S1 ", STS_UNSEAL_SYNTAX},
	    {"S ", STS_UNSEAL_SYNTAX},
	    {"S", STS_UNSEAL_SYNTAX},
	    {"S99999 ", STS_UNSEAL_SYNTAX},
	    {"s2 ", STS_UNSEAL_SYNTAX},
	    {"", STS_UNSEAL_SYNTAX},
	    {"\n", STS_UNSEAL_SYNTAX},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		assert_int_equal(
		    unseal("a.example", sts_str(tries[i].text)), tries[i].want);
}

static void
too_big(void **state)
{
	size_t n = HEAD + STS_STORE_VALUE_MAX + 1;
	char *text = calloc(1, n);
	struct sts_store_item item = item_of("a.example", "");
	struct sts_str sealed = seal(&cluster, &item);

	(void)state;
	assert_non_null(text);
	memcpy(text, sealed.p, sealed.n);
	assert_int_equal(
	    unseal("a.example", (struct sts_str){text, n}), STS_UNSEAL_SYNTAX);
	assert_int_equal(unseal("a.example", (struct sts_str){text, n - 1}),
	    STS_UNSEAL_FORGED);
	/* Of a later version, too. */
	text[1] = '2';
	assert_int_equal(
	    unseal("a.example", (struct sts_str){text, n}), STS_UNSEAL_SYNTAX);
	free((char *)sealed.p);
	free(text);
}

static void
refused(const struct sts_secrets *secrets, const struct sts_store_item *item)
{
	char *text = NULL;
	size_t n = 0;

	assert_int_equal(
	    seal_by(secrets, STS_BUCKET_POLICY, item, &text, &n), STS_EINVAL);
	assert_null(text);
}

static void
not_sealed(void **state)
{
	static char large[STS_STORE_VALUE_MAX + 1];
	static const int64_t bad[] = {-1, INT64_MIN, TIME_MAX + 1, INT64_MAX};
	struct sts_store_item item;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		item = item_of("a.example", "x");
		item.fetched = bad[i];
		refused(&cluster, &item);
		item = item_of("a.example", "x");
		item.checked = bad[i];
		refused(&cluster, &item);
		item = item_of("a.example", "x");
		item.expiry = bad[i];
		refused(&cluster, &item);
	}
	item = item_of("a.example", "x");
	item.value = (struct sts_str){large, sizeof(large)};
	refused(&cluster, &item);
	item = item_of("a.example", "x");
	item.key = (struct sts_str){large, STS_STORE_KEY_MAX + 1};
	refused(&cluster, &item);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(sts_unseal_name(STS_UNSEAL_FORGED), "forged");
	assert_string_equal(sts_unseal_name(STS_UNSEAL_AHEAD), "ahead");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_answer),
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(every_octet),
	    cmocka_unit_test(another),
	    cmocka_unit_test(no_second_reading),
	    cmocka_unit_test(rotation),
	    cmocka_unit_test(ahead),
	    cmocka_unit_test(expired),
	    cmocka_unit_test(versions),
	    cmocka_unit_test(too_big),
	    cmocka_unit_test(not_sealed),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
