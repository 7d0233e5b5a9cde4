/* SPDX-License-Identifier: ISC */
#include "base64.h"

#define LINE_OCTETS 57 /* 76 columns of text */

static void
put_three(const unsigned char *p, size_t n, FILE *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"
				     "ijklmnopqrstuvwxyz0123456789+/";
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
