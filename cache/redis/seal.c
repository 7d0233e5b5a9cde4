/* SPDX-License-Identifier: ISC */
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

/* Keyed once: that is most of what a short MAC costs. */
struct sts_sealer {
	EVP_MAC_CTX *ctx[STS_SECRETS];
	size_t n;
};

static EVP_MAC_CTX *
make_ctx(const unsigned char key[MAC])
{
	char sha256[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	if (ctx != NULL && EVP_MAC_init(ctx, key, MAC, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

struct sts_sealer *
sts_sealer_new(const struct sts_secrets *secrets)
{
	struct sts_sealer *sealer = calloc(1, sizeof(*sealer));

	for (; sealer != NULL && sealer->n < secrets->n; sealer->n++) {
		sealer->ctx[sealer->n] = make_ctx(secrets->key[sealer->n]);
		if (sealer->ctx[sealer->n] == NULL)
			break;
	}
	if (sealer != NULL && sealer->n == secrets->n && secrets->n > 0)
		return sealer;
	sts_sealer_free(sealer);
	return NULL;
}

void
sts_sealer_free(struct sts_sealer *sealer)
{
	if (sealer == NULL)
		return;
	for (size_t i = 0; i < sealer->n; i++)
		EVP_MAC_CTX_free(sealer->ctx[i]);
	free(sealer);
}

static bool
add(EVP_MAC_CTX *ctx, const char *p, size_t n)
{
	return EVP_MAC_update(ctx, (const unsigned char *)p, n) == 1;
}

/* The times as they stand in an item, each with its space. */
static void
write_times(const struct sts_store_item *item, char out[TIMES])
{
	const int64_t times[] = {item->fetched, item->checked, item->expiry};
	char *p = out + TIMES;

	for (size_t i = 3; i > 0; i--) {
		int64_t t = times[i - 1];

		*--p = ' ';
		for (int digit = 0; digit < DIGITS; digit++, t /= 10)
			*--p = (char)('0' + t % 10);
	}
}

/*
 * S1 <bucket> <octets> <key> <times> <octets> LF <value>: each part of no
 * fixed length has it in front, so no two items give the same text.
 */
static bool
add_item(
    EVP_MAC_CTX *ctx, enum sts_bucket bucket, const struct sts_store_item *item)
{
	char front[64], back[32], times[TIMES];
	int n, m;

	n = snprintf(front, sizeof(front), VERSION "%s %zu ", buckets[bucket],
	    item->key.n);
	m = snprintf(back, sizeof(back), "%zu\n", item->value.n);
	write_times(item, times);
	return add(ctx, front, (size_t)n) &&
	       add(ctx, item->key.p, item->key.n) && add(ctx, " ", 1) &&
	       add(ctx, times, TIMES) && add(ctx, back, (size_t)m) &&
	       add(ctx, item->value.p, item->value.n);
}

/* In hexadecimal digits, terminated. */
static bool
make_mac(EVP_MAC_CTX *ctx, enum sts_bucket bucket,
    const struct sts_store_item *item, char out[MAC_TEXT + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bin[MAC];
	size_t i, n = 0;

	if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1 ||
	    !add_item(ctx, bucket, item) ||
	    EVP_MAC_final(ctx, bin, &n, sizeof(bin)) != 1 || n != MAC)
		return false;
	for (i = 0; i < MAC; i++) {
		out[2 * i] = hex[bin[i] >> 4];
		out[2 * i + 1] = hex[bin[i] & 15];
	}
	out[MAC_TEXT] = '\0';
	return true;
}

static bool
time_ok(int64_t t)
{
	return t >= 0 && t <= TIME_MAX;
}

enum sts_err
sts_seal(struct sts_sealer *sealer, enum sts_bucket bucket,
    const struct sts_store_item *item, char **out, size_t *size)
{
	char mac[MAC_TEXT + 1], *text;

	if (item->key.n > STS_STORE_KEY_MAX ||
	    item->value.n > STS_STORE_VALUE_MAX || !time_ok(item->fetched) ||
	    !time_ok(item->checked) || !time_ok(item->expiry))
		return STS_EINVAL;
	text = malloc(HEAD + item->value.n);
	if (text == NULL || !make_mac(sealer->ctx[0], bucket, item, mac)) {
		free(text);
		return STS_ENOMEM;
	}
	memcpy(text, VERSION, sizeof(VERSION) - 1);
	write_times(item, text + sizeof(VERSION) - 1);
	memcpy(text + HEAD - MAC_TEXT - 1, mac, MAC_TEXT);
	text[HEAD - 1] = '\n';
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
is_ours(struct sts_sealer *sealer, enum sts_bucket bucket,
    const struct sts_store_item *item, const char *mac)
{
	char want[MAC_TEXT + 1];
	bool ours = false;
	size_t i;

	for (i = 0; i < sealer->n; i++)
		ours |= make_mac(sealer->ctx[i], bucket, item, want) &&
			CRYPTO_memcmp(want, mac, MAC_TEXT) == 0;
	return ours;
}

enum sts_unseal
sts_unseal(struct sts_sealer *sealer, enum sts_bucket bucket,
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
	if (!is_ours(sealer, bucket, &found, mac))
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
