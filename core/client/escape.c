/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "client_impl.h"
#include "sts/client.h"

static const char digits[] = "0123456789ABCDEF";

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
sts_client_hex(const char *pair)
{
	int high = hex_digit(pair[0]);
	int low = high < 0 ? -1 : hex_digit(pair[1]);

	return low < 0 ? -1 : high * 16 + low;
}

int
sts_client_escape(char *out, size_t size, const char *word)
{
	size_t start = strnlen(out, size);
	size_t n = start;
	const char *p;

	for (p = word; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		size_t need = c > ' ' && c <= '~' && c != '%' ? 1 : 3;

		if (n + need >= size) {
			if (start < size)
				out[start] = '\0';
			return -1;
		}
		out[n] = (char)c;
		if (need == 3) {
			out[n] = '%';
			out[n + 1] = digits[c >> 4];
			out[n + 2] = digits[c & 15];
		}
		n += need;
	}
	if (n >= size)
		return -1;
	out[n] = '\0';
	return 0;
}
