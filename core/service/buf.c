/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define FIRST 4096

void
sts_buf_init(struct sts_buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

void
sts_buf_fini(struct sts_buf *buf)
{
	free(buf->p);
	buf->p = NULL;
	buf->n = buf->cap = 0;
}

void
sts_buf_cut(struct sts_buf *buf, size_t n)
{
	buf->n = n;
	buf->failed = false;
}

void
sts_buf_clear(struct sts_buf *buf, size_t keep)
{
	if (buf->cap > keep)
		sts_buf_fini(buf);
	sts_buf_cut(buf, 0);
}

static bool
grow(struct sts_buf *buf, size_t n)
{
	size_t cap = buf->cap > 0 ? buf->cap : FIRST;
	char *p;

	if (buf->failed || n > buf->max - buf->n) {
		buf->failed = true;
		return false;
	}
	while (cap < buf->n + n)
		cap *= 2;
	p = realloc(buf->p, cap);
	if (p == NULL) {
		buf->failed = true;
		return false;
	}
	buf->p = p;
	buf->cap = cap;
	return true;
}

static inline bool
room(struct sts_buf *buf, size_t n)
{
	size_t bound = buf->cap < buf->max ? buf->cap : buf->max;

	return (!buf->failed && n <= bound - buf->n) || grow(buf, n);
}

void
sts_buf_add(struct sts_buf *buf, const char *p, size_t n)
{
	if (n == 0 || !room(buf, n))
		return;
	memcpy(buf->p + buf->n, p, n);
	buf->n += n;
}

void
sts_buf_text(struct sts_buf *buf, const char *text)
{
	sts_buf_add(buf, text, strlen(text));
}

void
sts_buf_number(struct sts_buf *buf, int64_t number)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t n = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	for (; n >= 100; n /= 100) {
		*--p = (char)('0' + n % 10);
		*--p = (char)('0' + n / 10 % 10);
	}
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	if (number < 0)
		*--p = '-';
	sts_buf_add(buf, p, (size_t)(digits + sizeof(digits) - p));
}

static bool
plain(char c, const char *also)
{
	for (; *also != '\0'; also++)
		if (*also == c)
			return false;
	return c >= '!' && c <= '~' && c != '%';
}

/* Nearly all values are: looked at as a whole, which the compiler can do many
 * octets at a time. */
static bool
all_plain(struct sts_str value, const char *also)
{
	unsigned char odd = 0;
	size_t i;

	for (; *also != '\0'; also++)
		if (value.n > 0 && memchr(value.p, *also, value.n) != NULL)
			return false;
	for (i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		odd |= (unsigned char)(c - '!') > '~' - '!' || c == '%';
	}
	return odd == 0;
}

void
sts_buf_value(struct sts_buf *buf, struct sts_str value, const char *also)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i = 0, start;

	if (all_plain(value, also)) {
		sts_buf_add(buf, value.p, value.n);
		return;
	}
	while (i < value.n) {
		unsigned char c;
		char escaped[3];

		for (start = i; i < value.n && plain(value.p[i], also); i++)
			;
		sts_buf_add(buf, value.p + start, i - start);
		if (i == value.n)
			break;
		c = (unsigned char)value.p[i++];
		escaped[0] = '%';
		escaped[1] = hex[c >> 4];
		escaped[2] = hex[c & 15];
		sts_buf_add(buf, escaped, sizeof(escaped));
	}
}

static void
add_name(struct sts_buf *buf, const char *key)
{
	size_t n = strlen(key);

	if (!room(buf, n + 2))
		return;
	buf->p[buf->n] = ' ';
	memcpy(buf->p + buf->n + 1, key, n);
	buf->p[buf->n + 1 + n] = '=';
	buf->n += n + 2;
}

void
sts_buf_key(struct sts_buf *buf, const char *key, const char *value)
{
	add_name(buf, key);
	sts_buf_value(buf, sts_str(value), "");
}

void
sts_buf_key_number(struct sts_buf *buf, const char *key, int64_t number)
{
	add_name(buf, key);
	sts_buf_number(buf, number);
}
