/* SPDX-License-Identifier: ISC */
#include "base64.h"

#include <string.h>

#define LINE_OCTETS 57 /* 76 columns of text */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"
			     "ijklmnopqrstuvwxyz0123456789+/";

static void
put_three(const unsigned char *p, size_t n, FILE *out)
{
	unsigned bits = (unsigned)p[0] << 16;

	if (n > 1)
		bits |= (unsigned)p[1] << 8;
	if (n > 2)
		bits |= p[2];
	putc(digits[bits >> 18], out);
	putc(digits[bits >> 12 & 63], out);
	putc(n > 1 ? digits[bits >> 6 & 63] : '=', out);
	putc(n > 2 ? digits[bits & 63] : '=', out);
}

void
sts_base64_lines(struct sts_str in, FILE *out)
{
	const unsigned char *p = (const unsigned char *)in.p;

	for (size_t i = 0; i < in.n; i += 3) {
		put_three(p + i, in.n - i, out);
		if ((i + 3) % LINE_OCTETS == 0 || i + 3 >= in.n)
			putc('\n', out);
	}
}

size_t
sts_base64_decode(struct sts_str in, char *out)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < in.n && in.p[i] != '='; i++) {
		const char *digit =
		    in.p[i] != '\0' ? strchr(digits, in.p[i]) : NULL;

		if (digit == NULL)
			continue;
		bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have);
	}
	return n;
}
