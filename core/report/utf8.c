/* SPDX-License-Identifier: ISC */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

bool
sts_utf8_ascii(struct sts_str text)
{
	unsigned char seen = 0;

	for (size_t i = 0; i < text.n; i++)
		seen |= (unsigned char)text.p[i];
	return seen < 0x80;
}

/* How many octets its first one asks for; 0: none can begin so. */
static size_t
length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Neither too long a form, nor a surrogate, nor above U+10FFFF. */
static bool
possible(uint32_t c, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return c >= least[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static bool
noncharacter(uint32_t c)
{
	return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* Octets of the character at the front; 0: there is none. */
static size_t
character(const unsigned char *p, size_t left, uint32_t *out)
{
	size_t n = length(p[0]);
	uint32_t c;

	if (n == 0 || n > left)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	*out = c;
	return possible(c, n) ? n : 0;
}

size_t
sts_utf8_clean(struct sts_str text, char *out)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t at = 0, to = 0;

	while (at < text.n) {
		uint32_t c = 0;
		size_t n = character(p + at, text.n - at, &c);

		if (n == 0 || noncharacter(c)) {
			memcpy(out + to, REPLACEMENT, sizeof(REPLACEMENT) - 1);
			to += sizeof(REPLACEMENT) - 1;
			at += n == 0 ? 1 : n;
			continue;
		}
		memcpy(out + to, p + at, n);
		to += n;
		at += n;
	}
	return to;
}
