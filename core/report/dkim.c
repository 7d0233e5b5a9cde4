/* SPDX-License-Identifier: ISC */
#include "sts/dkim.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "dkim_impl.h"

#define SHA256    32
#define RSA_LEAST 1024 /* bits (RFC 8301 section 3.2) */
#define ED25519   32   /* octets of a key */

static const char no_memory[] = "out of memory";

/* What was written, for the caller to free. */
struct text {
	char *p;
	size_t n;
	FILE *out;
};

static bool
begin(struct text *text)
{
	*text = (struct text){NULL, 0, NULL};
	text->out = open_memstream(&text->p, &text->n);
	return text->out != NULL;
}

static bool
end(struct text *text)
{
	bool good = ferror(text->out) == 0;

	return fclose(text->out) == 0 && good;
}

static bool
hash(const struct text *text, unsigned char out[SHA256])
{
	return EVP_Digest(text->p, text->n, out, NULL, EVP_sha256(), NULL) == 1;
}

/* Base64 with white space in it. For the caller to free; NULL: no memory. */
static unsigned char *
decode(struct sts_str text, size_t *n)
{
	char *out = malloc(text.n + 1);

	if (out != NULL)
		*n = sts_base64_decode(text, out);
	return (unsigned char *)out;
}

const char *
sts_dkim_body(struct sts_str mail, const struct sts_dkim *sig)
{
	unsigned char is[SHA256], *said;
	struct sts_str head, body;
	struct text text;
	const char *why = no_memory;
	size_t n = 0;

	if (!begin(&text))
		return why;
	sts_dkim_split(mail, &head, &body);
	sts_dkim_write_body(body, sig->simple_body, text.out);
	said = decode(sig->bh, &n);
	if (end(&text) && said != NULL && hash(&text, is))
		why = n == SHA256 && memcmp(is, said, SHA256) == 0
			  ? NULL
			  : "the body is not what was signed";
	free(said);
	free(text.p);
	return why;
}

/* Fields of that name are taken from the last one up, each once (section
 * 5.4.2); the number-th one. */
static bool
pick(struct sts_str head, struct sts_str name, size_t number,
    struct sts_str *out)
{
	struct sts_str rest = head, field;
	size_t n = 0;

	*out = (struct sts_str){"", 0};
	while (sts_dkim_next_field(&rest, &field))
		n += sts_dkim_named(field, name);
	if (number >= n)
		return false;
	n -= number;
	while (n > 0 && sts_dkim_next_field(&head, &field))
		if (sts_dkim_named(field, name) && --n == 0)
			*out = field;
	return true;
}

/* How often the name stands in the list in front of at. */
static size_t
before(struct sts_str list, struct sts_str name)
{
	struct sts_str item;
	size_t n = 0;
	const char *at = name.p;

	while (sts_dkim_next(&list, &item) && item.p < at)
		n += sts_str_caseeq(item, name);
	return n;
}

/* The signature itself without what is in b= (section 3.7). */
static bool
write_own(const struct sts_dkim *sig, FILE *out)
{
	size_t front = (size_t)(sig->b.p - sig->field.p);
	size_t tail = sig->field.n - front - sig->b.n;
	char *copy = malloc(sig->field.n + 1);

	if (copy == NULL)
		return false;
	memcpy(copy, sig->field.p, front);
	memcpy(copy + front, sig->b.p + sig->b.n, tail);
	sts_dkim_write_field(
	    (struct sts_str){copy, front + tail}, sig->simple_head, out);
	free(copy);
	return true;
}

static bool
write_head(struct sts_str mail, const struct sts_dkim *sig, FILE *out)
{
	struct sts_str head, body, field, list = sig->h, name;

	sts_dkim_split(mail, &head, &body);
	while (sts_dkim_next(&list, &name)) {
		if (!pick(head, name, before(sig->h, name), &field))
			continue;
		sts_dkim_write_field(field, sig->simple_head, out);
		fputs("\r\n", out);
	}
	return write_own(sig, out);
}

static EVP_PKEY *
load(const struct sts_dkim_key *key)
{
	size_t n = 0;
	unsigned char *data = decode(key->data, &n);
	const unsigned char *p = data;
	EVP_PKEY *made = NULL;

	if (data == NULL)
		return NULL;
	if (sts_str_eq(key->type, "rsa"))
		made = d2i_PUBKEY(NULL, &p, (long)n);
	else if (n == ED25519)
		made = EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_ED25519, NULL, data, n);
	free(data);
	return made;
}

static bool
verify(EVP_PKEY *key, const struct text *text, struct sts_str b)
{
	bool ed = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char digest[SHA256], *sig;
	const unsigned char *data = (const unsigned char *)text->p;
	bool good = ctx != NULL && hash(text, digest);
	size_t n = 0;

	sig = decode(b, &n);
	/* Ed25519 signs the hash (RFC 8463 section 3). */
	good = good && sig != NULL &&
	       EVP_DigestVerifyInit(
		   ctx, NULL, ed ? NULL : EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(
		   ctx, sig, n, ed ? digest : data, ed ? SHA256 : text->n) == 1;
	free(sig);
	EVP_MD_CTX_free(ctx);
	return good;
}

/* The key is of the kind that the signature names. */
static const char *
unfit(EVP_PKEY *key, const struct sts_dkim *sig)
{
	bool rsa = sts_str_eq(sig->algorithm, "rsa-sha256");

	if (key == NULL)
		return "the key cannot be read";
	if (EVP_PKEY_get_base_id(key) !=
	    (rsa ? EVP_PKEY_RSA : EVP_PKEY_ED25519))
		return "the key is not for this algorithm";
	if (rsa && EVP_PKEY_get_bits(key) < RSA_LEAST)
		return "the key is too short (RFC 8301)";
	return NULL;
}

const char *
sts_dkim_head(struct sts_str mail, const struct sts_dkim *sig,
    const struct sts_dkim_key *key)
{
	EVP_PKEY *loaded = load(key);
	const char *why = unfit(loaded, sig);
	struct text text;
	bool whole;

	if (why == NULL && !begin(&text))
		why = no_memory;
	if (why == NULL) {
		whole = write_head(mail, sig, text.out);
		whole = end(&text) && whole;
		if (!whole)
			why = no_memory;
		else if (!verify(loaded, &text, sig->b))
			why = "the fields are not what was signed, or another "
			      "key did it";
		free(text.p);
	}
	EVP_PKEY_free(loaded);
	return why;
}
