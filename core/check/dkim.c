/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail.h"

#define KEY_MAX     2048 /* octets of a key; RSA of 16384 bits has 2062 */
#define DER_INTEGER 0x02
#define DER_BITS    0x03
#define DER_LIST    0x30
#define ED25519     32 /* octets */

static int
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 4648 section 4, with space anywhere. False: it is none, or too long. */
static bool
decode(struct sts_str text, unsigned char *out, size_t *n)
{
	unsigned bits = 0, held = 0, digits = 0;
	size_t i;
	int value;

	*n = 0;
	for (i = 0; i < text.n && text.p[i] != '='; i++) {
		if (text.p[i] == ' ' || text.p[i] == '\t')
			continue;
		if ((value = digit(text.p[i])) < 0 || *n == KEY_MAX)
			return false;
		digits++;
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		out[(*n)++] = (unsigned char)(bits >> held);
	}
	for (; i < text.n; i++)
		if (text.p[i] != '=' && text.p[i] != ' ')
			return false;
	return digits % 4 != 1;
}

/* One DER value of a tag off the front. */
static bool
take(struct sts_str *from, unsigned char tag, struct sts_str *out)
{
	const unsigned char *p = (const unsigned char *)from->p;
	size_t n, more, i;

	if (from->n < 2 || p[0] != tag)
		return false;
	n = p[1];
	more = n > 0x80 ? n & 0x7f : 0;
	if (n == 0x80 || more > 2 || from->n < 2 + more)
		return false;
	for (i = 0, n = more > 0 ? 0 : n; i < more; i++)
		n = n << 8 | p[2 + i];
	if (n > from->n - 2 - more)
		return false;
	*out = (struct sts_str){from->p + 2 + more, n};
	from->p += 2 + more + n;
	from->n -= 2 + more + n;
	return true;
}

/* SubjectPublicKeyInfo, or the RSAPublicKey alone; 0: neither. */
static unsigned
rsa_bits(struct sts_str der)
{
	struct sts_str list, part, number;

	if (!take(&der, DER_LIST, &list))
		return 0;
	if (take(&list, DER_LIST, &part)) {
		if (!take(&list, DER_BITS, &part) || part.n < 1)
			return 0;
		part = (struct sts_str){part.p + 1, part.n - 1};
		if (!take(&part, DER_LIST, &list))
			return 0;
	}
	if (!take(&list, DER_INTEGER, &number))
		return 0;
	while (number.n > 0 && number.p[0] == 0) {
		number.p++;
		number.n--;
	}
	return (unsigned)number.n * 8;
}

static bool
read_key(struct sts_str value, struct sts_dkim *dkim)
{
	unsigned char key[KEY_MAX];
	size_t n;

	dkim->revoked = value.n == 0;
	if (dkim->revoked)
		return true;
	if (!decode(value, key, &n))
		return false;
	dkim->bits = dkim->ed25519 ? (n == ED25519 ? 256 : 0)
				   : rsa_bits((struct sts_str){(char *)key, n});
	return dkim->bits > 0;
}

static bool
has_flag(struct sts_str value, char flag)
{
	size_t i;

	for (i = 0; i < value.n; i++)
		if (value.p[i] == flag && (i == 0 || value.p[i - 1] == ':') &&
		    (i + 1 == value.n || value.p[i + 1] == ':'))
			return true;
	return false;
}

enum sts_err
sts_dkim_parse(struct sts_str text, struct sts_dkim *out, struct sts_str *bad)
{
	struct sts_dkim dkim = {.bits = 0};
	struct sts_str name, value, key = {NULL, 0};
	enum sts_err err;
	bool first = true;

	*bad = sts_str("p");
	while ((err = sts_tag_next(&text, &name, &value)) == STS_OK) {
		if (sts_str_eq(name, "p"))
			key = (struct sts_str){value.p, value.n};
		if (sts_str_eq(name, "k"))
			dkim.ed25519 = sts_str_eq(value, "ed25519");
		if (sts_str_eq(name, "t"))
			dkim.testing = has_flag(value, 'y');
		*bad = name;
		if (sts_str_eq(name, "k") &&
		    !sts_tag_among(value, "rsa ed25519"))
			return STS_ESYNTAX;
		if (sts_str_eq(name, "v") &&
		    (!first || !sts_str_eq(value, "DKIM1")))
			return STS_ESYNTAX;
		first = false;
	}
	if (err == STS_ESYNTAX) {
		*bad = name;
		return STS_ESYNTAX;
	}
	*bad = sts_str("p");
	if (key.p == NULL || !read_key(key, &dkim))
		return STS_ESYNTAX;
	*out = dkim;
	return STS_OK;
}
