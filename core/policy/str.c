/* SPDX-License-Identifier: ISC */
#include "sts/str.h"

#include <string.h>

#include "abnf.h"

#define DOTS 3

struct sts_str
sts_str(const char *s)
{
	return (struct sts_str){s, strlen(s)};
}

bool
sts_str_eq(struct sts_str a, const char *b)
{
	size_t n = strlen(b);

	return a.n == n && (n == 0 || memcmp(a.p, b, n) == 0);
}

bool
sts_str_caseeq(struct sts_str a, struct sts_str b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (sts_lower(a.p[i]) != sts_lower(b.p[i]))
			return false;
	return true;
}

static bool
plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\' && c != '"';
}

static size_t
escaped_length(struct sts_str text)
{
	size_t i, n = 0;

	for (i = 0; i < text.n; i++)
		n += plain(text.p[i]) ? 1 : 4;
	return n;
}

/* Write one octet's form; returns how long that is. */
static size_t
escape_octet(char c, char *out)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char octet = (unsigned char)c;

	if (plain(c)) {
		out[0] = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[octet >> 4];
	out[3] = hex[octet & 15];
	return 4;
}

const char *
sts_str_escape(struct sts_str text, char *buf, size_t size)
{
	size_t i, n = 0, room, dots = 0;

	if (size == 0)
		return buf;
	room = size - 1;
	if (escaped_length(text) > room) {
		dots = room < DOTS ? room : DOTS;
		room -= dots;
	}
	for (i = 0; i < text.n; i++) {
		if (n + (plain(text.p[i]) ? 1 : 4) > room)
			break;
		n += escape_octet(text.p[i], buf + n);
	}
	memset(buf + n, '.', dots);
	buf[n + dots] = '\0';
	return buf;
}
