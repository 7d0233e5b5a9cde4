/* SPDX-License-Identifier: ISC */
#include "uri.h"

#include <string.h>

#include "abnf.h"

/* scheme ":" */
static const char *
skip_scheme(const char *p, const char *end)
{
	if (p == end || !sts_is_alpha(*p))
		return NULL;
	while (p < end &&
	       (sts_is_alnum(*p) || *p == '+' || *p == '-' || *p == '.'))
		p++;
	return p < end && *p == ':' ? p + 1 : NULL;
}

/* pct-encoded, or one octet of those given */
static const char *
skip_char(const char *p, const char *end, const char *others)
{
	if (p == end || *p == '\0')
		return NULL;
	if (*p == '%') {
		if (end - p < 3 || !sts_is_hex(p[1]) || !sts_is_hex(p[2]))
			return NULL;
		return p + 3;
	}
	return sts_is_alnum(*p) || strchr(others, *p) != NULL ? p + 1 : NULL;
}

static const char *
skip_chars(const char *p, const char *end, const char *others)
{
	const char *next;

	while ((next = skip_char(p, end, others)) != NULL)
		p = next;
	return p;
}

const char *
sts_skip_uri(const char *p, const char *end)
{
	static const char authority[] = "-._~$&'()*+=:@[]";
	static const char rest[] = "-._~$&'()*+=:@/?";

	p = skip_scheme(p, end);
	if (p == NULL)
		return NULL;
	if (sts_skip_literal(p, end, "//") != NULL)
		p = skip_chars(p + 2, end, authority);
	p = skip_chars(p, end, rest);
	if (p < end && *p == '#')
		p = skip_chars(p + 1, end, rest);
	return p;
}

/* Does it hold an encoded control character? */
static bool
hides_control(struct sts_str s)
{
	size_t i;

	for (i = 0; i + 2 < s.n; i++) {
		if (s.p[i] != '%')
			continue;
		if (s.p[i + 1] < '2')
			return true;
		if (s.p[i + 1] == '7' && sts_lower(s.p[i + 2]) == 'f')
			return true;
	}
	return false;
}

/* Up to the first octet of those given, or all. */
static struct sts_str
until(struct sts_str s, const char *stops)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (strchr(stops, s.p[i]) != NULL)
			break;
	return (struct sts_str){s.p, i};
}

/* mailto: local-part "@" domain, then header fields that nobody reads */
static bool
has_address(struct sts_str rest)
{
	struct sts_str address = until(rest, "?#");
	const char *at = memrchr(address.p, '@', address.n);

	return at != NULL && at > address.p && at + 1 < address.p + address.n &&
	       !hides_control(address);
}

/* host [":" port], the host a name or in brackets (RFC 3986 section 3.2) */
static bool
is_host_port(struct sts_str s)
{
	const char *end = s.p + s.n, *p = s.p + until(s, ":@[]").n;

	if (s.n > 0 && s.p[0] == '[') {
		p = memchr(s.p, ']', s.n);
		if (p == NULL)
			return false;
		p++;
	}
	if (p == s.p || (p < end && *p++ != ':'))
		return false;
	while (p < end && sts_is_digit(*p))
		p++;
	return p == end;
}

static bool
has_host(struct sts_str rest)
{
	struct sts_str authority;
	const char *at;

	if (rest.n < 3 || memcmp(rest.p, "//", 2) != 0)
		return false;
	authority = until((struct sts_str){rest.p + 2, rest.n - 2}, "/?#");
	at = memchr(authority.p, '@', authority.n);
	if (at != NULL) {
		authority.n -= (size_t)(at + 1 - authority.p);
		authority.p = at + 1;
	}
	return is_host_port(authority) && !hides_control(rest);
}

enum sts_uri_use
sts_uri_use(struct sts_str uri)
{
	const char *end = uri.p + uri.n;
	const char *colon = skip_scheme(uri.p, end);
	struct sts_str scheme, rest;
	bool good;

	if (colon == NULL)
		return STS_URI_BROKEN;
	scheme = (struct sts_str){uri.p, (size_t)(colon - uri.p)};
	rest = (struct sts_str){colon, (size_t)(end - colon)};
	if (sts_str_caseeq(scheme, sts_str("mailto:")))
		good = has_address(rest);
	else if (sts_str_caseeq(scheme, sts_str("https:")))
		good = has_host(rest);
	else
		return STS_URI_UNSUPPORTED;
	return good ? STS_URI_USABLE : STS_URI_BROKEN;
}
