/* SPDX-License-Identifier: ISC */
#include "reporter_dest.h"

#include <string.h>

#define MAILTO "mailto:"

static int
digit(char c)
{
	const char *const digits = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c);

	return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/* Its %HH decoded; false: one is none, or no printable ASCII. */
static bool
decode(struct sts_str text, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++, n++) {
		int c = (unsigned char)text.p[i];

		if (c == '%') {
			int high = i + 2 < text.n ? digit(text.p[i + 1]) : -1;
			int low = high >= 0 ? digit(text.p[i + 2]) : -1;

			if (low < 0)
				return false;
			c = high * 16 + low;
			i += 2;
		}
		if (n + 1 >= size || c < ' ' || c > '~')
			return false;
		out[n] = (char)c;
	}
	out[n] = '\0';
	return n > 0;
}

/* Header fields behind "?" are not for us, nor is what follows "#". */
static bool
read_mail(struct sts_str uri, struct sts_rep_dest *out)
{
	size_t n = sizeof(MAILTO) - 1, end = n;

	while (end < uri.n && uri.p[end] != '?' && uri.p[end] != '#')
		end++;
	return decode(
	    (struct sts_str){uri.p + n, end - n}, out->to, sizeof(out->to));
}

static bool
read_url(struct sts_str uri, struct sts_rep_dest *out)
{
	if (uri.n == 0 || uri.n >= sizeof(out->to))
		return false;
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~')
			return false;
	memcpy(out->to, uri.p, uri.n);
	out->to[uri.n] = '\0';
	return true;
}

static bool
read_dest(struct sts_str uri, struct sts_rep_dest *out)
{
	const size_t n = sizeof(MAILTO) - 1;

	out->mail = uri.n > n &&
		    sts_str_caseeq((struct sts_str){uri.p, n}, sts_str(MAILTO));
	return out->mail ? read_mail(uri, out) : read_url(uri, out);
}

static bool
known(const struct sts_rep_dests *dests, const char *to)
{
	for (size_t i = 0; i < dests->n; i++)
		if (strcmp(dests->dest[i].to, to) == 0)
			return true;
	return false;
}

void
sts_rep_dests(const struct sts_tlsrpt *record, struct sts_rep_dests *out)
{
	out->n = 0;
	for (size_t i = 0; i < record->n && out->n < STS_REP_DESTS; i++) {
		struct sts_rep_dest *dest = &out->dest[out->n];

		if (read_dest(record->rua[i], dest) && !known(out, dest->to))
			out->n++;
	}
}
