/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "sts/redis_url.h"
#include "sts/seal.h"
#include "sts/shared.h"

#define WALL 1700004000

/* Of "0123456789abcdef0123456789abcdef", which the seeds are signed by, and
 * another. */
static const struct sts_secrets secrets = {
    {{0x3e, 0xb1, 0xbd, 0x43, 0x99, 0x47, 0xeb, 0x76, 0x29, 0x98, 0xe5, 0x66,
	 0xcc, 0xc2, 0xe0, 0x99, 0xc7, 0x91, 0x11, 0x8b, 0x2f, 0x40, 0x57, 0x9c,
	 0xc4, 0xf7, 0xda, 0x2b, 0x50, 0x61, 0xb7, 0xf9},
	{1}},
    2};

static struct sts_sealer *
sealer(void)
{
	static struct sts_sealer *one;

	if (one == NULL)
		one = sts_sealer_new(&secrets);
	MUST(one != NULL);
	return one;
}

static enum sts_unseal
unseal(struct sts_str sealed, struct sts_store_item *item)
{
	return sts_unseal(sealer(), STS_BUCKET_POLICY, sts_str("a.example"),
	    WALL, sealed, item);
}

/* What is taken is sane, and sealed again it is the same octets. */
static void
read_sealed(struct sts_str text)
{
	struct sts_store_item item = {.expiry = -1};
	enum sts_unseal result = unseal(text, &item);
	char *again = NULL;
	size_t n = 0;

	MUST(strlen(sts_unseal_name(result)) > 0);
	if (result != STS_UNSEAL_OK) {
		MUST(item.expiry == -1);
		return;
	}
	MUST(item.expiry > WALL && item.fetched <= WALL + STS_SHARED_AHEAD);
	MUST(item.checked <= WALL + STS_SHARED_AHEAD);
	MUST(item.value.p + item.value.n == text.p + text.n);
	MUST(
	    sts_seal(sealer(), STS_BUCKET_POLICY, &item, &again, &n) == STS_OK);
	MUST(n == text.n && memcmp(again, text.p, n) == 0);
	free(again);
}

/* Any value comes back whole, and not when one octet is another. */
static void
seal_value(struct sts_str value)
{
	struct sts_store_item got, item = {
				       .key = sts_str("a.example"),
				       .value = value,
				       .fetched = WALL,
				       .checked = WALL,
				       .expiry = WALL + 1,
				   };
	char *text = NULL;
	size_t n = 0, at;

	MUST(sts_seal(sealer(), STS_BUCKET_POLICY, &item, &text, &n) == STS_OK);
	MUST(unseal((struct sts_str){text, n}, &got) == STS_UNSEAL_OK);
	MUST(got.value.n == value.n);
	MUST(value.n == 0 || memcmp(got.value.p, value.p, value.n) == 0);
	at = value.n > 0 ? (unsigned char)value.p[0] % n : 0;
	text[at] ^= 1;
	MUST(unseal((struct sts_str){text, n}, &got) != STS_UNSEAL_OK);
	free(text);
}

static void
check_url(const struct sts_redis_url *url)
{
	size_t i;

	MUST(url->n_place <= STS_REDIS_SENTINELS && url->db <= 65535);
	MUST((url->kind == STS_REDIS_UNIX) == (url->n_place == 0));
	MUST((url->kind == STS_REDIS_UNIX) == (url->path[0] == '/'));
	MUST((url->kind == STS_REDIS_SENTINEL) == (url->primary[0] != '\0'));
	MUST(!url->tls || url->kind == STS_REDIS_TCP);
	for (i = 0; i < url->n_place; i++) {
		MUST(strlen(url->place[i].host) > 0);
		MUST(strlen(url->place[i].host) <= STS_DOMAIN_MAX);
		MUST(strchr(url->place[i].host, '@') == NULL);
		MUST(url->place[i].port >= 1 && url->place[i].port <= 65535);
	}
}

static void
parse_url(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct sts_redis_url url;
	const char *why = NULL;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (sts_redis_url_parse(text, &url, &why) == STS_OK)
		check_url(&url);
	else
		MUST(why != NULL && strlen(why) > 0);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str text = fuzz_str(data, size);

	if (size == 0)
		return 0;
	read_sealed(text);
	if (size <= STS_STORE_VALUE_MAX)
		seal_value(text);
	parse_url(data, size);
	return 0;
}
