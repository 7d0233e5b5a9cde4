/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "sts/seal.h"
#include "sts/shared.h"

#define VERSION  "S1 "
#define DIGITS   13
#define TIMES    ((size_t)3 * (DIGITS + 1)) /* each with a space */
#define MAC      32
#define MAC_TEXT ((size_t)2 * MAC)
#define HEAD     (sizeof(VERSION) - 1 + TIMES + MAC_TEXT + 1)
#define TIME_MAX INT64_C(9999999999999)

static const char *const buckets[STS_BUCKETS] = {
    [STS_BUCKET_POLICY] = "policy", [STS_BUCKET_REPORT] = "report"};

static bool
add(EVP_MAC_CTX *ctx, const char *p, size_t n)
{
	return EVP_MAC_update(ctx, (const unsigned char *)p, n) == 1;
}

/*
 * S1 <bucket> <octets> <key> <times> <octets> LF <value>: each part of no
 * fixed length has it in front, so no two items give the same text.
 */
static bool
add_item(
    EVP_MAC_CTX *ctx, enum sts_bucket bucket, const struct sts_store_item *item)
{
	char front[64], times[128];
	int n, m;

	n = snprintf(front, sizeof(front), VERSION "%s %zu ", buckets[bucket],
	    item->key.n);
	m = snprintf(times, sizeof(times),
	    " %013" PRId64 " %013" PRId64 " %013" PRId64 " %zu\n",
	    item->fetched, item->checked, item->expiry, item->value.n);
	return add(ctx, front, (size_t)n) &&
	       add(ctx, item->key.p, item->key.n) &&
	       add(ctx, times, (size_t)m) &&
	       add(ctx, item->value.p, item->value.n);
}

/* In hexadecimal digits, terminated. */
static bool
make_mac(const unsigned char key[MAC], enum sts_bucket bucket,
    const struct sts_store_item *item, char out[MAC_TEXT + 1])
{
	char sha256[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	unsigned char bin[MAC];
	size_t i, n = 0;
	bool ok;

	ok = ctx != NULL && EVP_MAC_init(ctx, key, MAC, params) == 1 &&
	     add_item(ctx, bucket, item) &&
	     EVP_MAC_final(ctx, bin, &n, sizeof(bin)) == 1 && n == MAC;
	for (i = 0; ok && i < MAC; i++)
		snprintf(out + 2 * i, 3, "%02x", bin[i]);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok;
}

static bool
time_ok(int64_t t)
{
	return t >= 0 && t <= TIME_MAX;
}

enum sts_err
sts_seal(const struct sts_secrets *secrets, enum sts_bucket bucket,
    const struct sts_store_item *item, char **out, size_t *size)
{
	char mac[MAC_TEXT + 1], *text;

	if (secrets->n == 0 || item->key.n > STS_STORE_KEY_MAX ||
	    item->value.n > STS_STORE_VALUE_MAX || !time_ok(item->fetched) ||
	    !time_ok(item->checked) || !time_ok(item->expiry))
		return STS_EINVAL;
	text = malloc(HEAD + 1 + item->value.n);
	if (text == NULL || !make_mac(secrets->key[0], bucket, item, mac)) {
		free(text);
		return STS_ENOMEM;
	}
	snprintf(text, HEAD + 1,
	    VERSION "%013" PRId64 " %013" PRId64 " %013" PRId64 " %s\n",
	    item->fetched, item->checked, item->expiry, mac);
	if (item->value.n > 0)
		memcpy(text + HEAD, item->value.p, item->value.n);
	*out = text;
	*size = HEAD + item->value.n;
	return STS_OK;
}

/* "S2 " and so on. */
static bool
is_later(struct sts_str sealed)
{
	size_t i = 1;

	if (sealed.n < 2 || sealed.p[0] != 'S' || sealed.p[1] == '0')
		return false;
	while (
	    i < sealed.n && i < 5 && sealed.p[i] >= '0' && sealed.p[i] <= '9')
		i++;
	return i < sealed.n && sealed.p[i] == ' ' &&
	       (i > 2 || (i == 2 && sealed.p[1] > '1'));
}

/* Digits and a space, cut off the front. */
static bool
take_time(struct sts_str *rest, int64_t *out)
{
	int64_t t = 0;
	size_t i;

	for (i = 0; i < DIGITS; i++) {
		if (rest->p[i] < '0' || rest->p[i] > '9')
			return false;
		t = t * 10 + (rest->p[i] - '0');
	}
	if (rest->p[DIGITS] != ' ')
		return false;
	rest->p += DIGITS + 1;
	rest->n -= DIGITS + 1;
	*out = t;
	return true;
}

static bool
take_apart(struct sts_str rest, struct sts_store_item *item, const char **mac)
{
	size_t n = sizeof(VERSION) - 1;

	if (rest.n < HEAD || memcmp(rest.p, VERSION, n) != 0)
		return false;
	rest.p += n;
	rest.n -= n;
	if (!take_time(&rest, &item->fetched) ||
	    !take_time(&rest, &item->checked) ||
	    !take_time(&rest, &item->expiry) || rest.p[MAC_TEXT] != '\n')
		return false;
	*mac = rest.p;
	item->value =
	    (struct sts_str){rest.p + MAC_TEXT + 1, rest.n - MAC_TEXT - 1};
	return true;
}

/* All secrets are tried, whichever it was. */
static bool
is_ours(const struct sts_secrets *secrets, enum sts_bucket bucket,
    const struct sts_store_item *item, const char *mac)
{
	char want[MAC_TEXT + 1];
	bool ours = false;
	size_t i;

	for (i = 0; i < secrets->n; i++)
		ours |= make_mac(secrets->key[i], bucket, item, want) &&
			CRYPTO_memcmp(want, mac, MAC_TEXT) == 0;
	return ours;
}

enum sts_unseal
sts_unseal(const struct sts_secrets *secrets, enum sts_bucket bucket,
    struct sts_str key, int64_t wall, struct sts_str sealed,
    struct sts_store_item *item)
{
	struct sts_store_item found = {.key = key, .foreign = true};
	const char *mac;

	if (sealed.n > HEAD + STS_STORE_VALUE_MAX)
		return STS_UNSEAL_SYNTAX;
	if (is_later(sealed))
		return STS_UNSEAL_LATER;
	if (!take_apart(sealed, &found, &mac))
		return STS_UNSEAL_SYNTAX;
	if (!is_ours(secrets, bucket, &found, mac))
		return STS_UNSEAL_FORGED;
	if (found.fetched - STS_SHARED_AHEAD > wall ||
	    found.checked - STS_SHARED_AHEAD > wall)
		return STS_UNSEAL_AHEAD;
	if (found.expiry <= wall)
		return STS_UNSEAL_EXPIRED;
	*item = found;
	return STS_UNSEAL_OK;
}

const char *
sts_unseal_name(enum sts_unseal result)
{
	static const char *const names[] = {
	    [STS_UNSEAL_OK] = "ok",
	    [STS_UNSEAL_LATER] = "later-version",
	    [STS_UNSEAL_EXPIRED] = "expired",
	    [STS_UNSEAL_SYNTAX] = "syntax",
	    [STS_UNSEAL_FORGED] = "forged",
	    [STS_UNSEAL_AHEAD] = "ahead",
	};

	return names[result];
}
