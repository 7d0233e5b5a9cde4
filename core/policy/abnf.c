/* SPDX-License-Identifier: ISC */
#include "abnf.h"

#include <stddef.h>
#include <string.h>

#define EXT_NAME_MAX 32

bool
sts_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

bool
sts_is_hex(char c)
{
	return sts_is_digit(c) || (sts_lower(c) >= 'a' && sts_lower(c) <= 'f');
}

const char *
sts_skip_literal(const char *p, const char *end, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(end - p) < n || memcmp(p, s, n) != 0)
		return NULL;
	return p + n;
}

const char *
sts_skip_wsp(const char *p, const char *end)
{
	while (p < end && sts_is_wsp(*p))
		p++;
	return p;
}

const char *
sts_skip_delim(const char *p, const char *end, char c)
{
	p = sts_skip_wsp(p, end);
	if (p == end || *p != c)
		return NULL;
	return sts_skip_wsp(p + 1, end);
}

const char *
sts_skip_ext_name(const char *p, const char *end)
{
	const char *start = p;

	if (p == end || !sts_is_alnum(*p))
		return NULL;
	while (p < end && p - start < EXT_NAME_MAX &&
	       (sts_is_alnum(*p) || *p == '_' || *p == '-' || *p == '.'))
		p++;
	return p;
}

const char *
sts_skip_ext_value(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && *p >= '!' && *p <= '~' && *p != ';' && *p != '=')
		p++;
	return p == start ? NULL : p;
}
