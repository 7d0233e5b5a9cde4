/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <string.h>

#include "mail.h"

static const char version[] = "v=spf1";

enum target { NONE, MAY, MUST };

static const struct mechanism {
	const char *name;
	enum target target; /* ":" domain-spec */
	bool cidr, looks;
} mechanisms[] = {
    {"all", NONE, false, false},
    {"include", MUST, false, true},
    {"a", MAY, true, true},
    {"mx", MAY, true, true},
    {"ptr", MAY, false, true},
    {"exists", MUST, false, true},
};

static struct sts_str
head(struct sts_str text, size_t n)
{
	return (struct sts_str){text.p, n};
}

static struct sts_str
tail(struct sts_str text, size_t n)
{
	return (struct sts_str){text.p + n, text.n - n};
}

static bool
among(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static size_t
span(struct sts_str text, const char *stops)
{
	size_t i = 0;

	while (i < text.n && !among(text.p[i], stops))
		i++;
	return i;
}

bool
sts_spf_is(struct sts_str text)
{
	size_t n = sizeof(version) - 1;

	return text.n >= n && sts_str_caseeq(head(text, n), sts_str(version)) &&
	       (text.n == n || text.p[n] == ' ');
}

/* 1*3DIGIT of at most max */
static bool
is_number(struct sts_str text, unsigned max)
{
	unsigned value = 0;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.p[i] - '0');
	}
	return text.n > 0 && text.n <= 3 && value <= max;
}

/* domain-spec: visible octets, "%" only as a macro has it */
static bool
is_target(struct sts_str text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '!' || text.p[i] > '~')
			return false;
		if (text.p[i] == '%' &&
		    (++i == text.n || !among(text.p[i], "{%_-")))
			return false;
	}
	return text.n > 0;
}

/* "/24", "//64", "/24//64" */
static bool
is_dual_cidr(struct sts_str text)
{
	size_t n;

	if (text.n >= 2 && text.p[0] == '/' && text.p[1] == '/')
		return is_number(tail(text, 2), 128);
	if (text.n == 0 || text.p[0] != '/')
		return text.n == 0;
	text = tail(text, 1);
	n = span(text, "/");
	return is_number(head(text, n), 32) &&
	       (n == text.n || is_dual_cidr(tail(text, n)));
}

static bool
is_network(struct sts_str text, int family)
{
	unsigned char octets[16];
	char address[64];
	size_t n = span(text, "/");

	if (n >= sizeof(address))
		return false;
	memcpy(address, text.p, n);
	address[n] = '\0';
	return inet_pton(family, address, octets) == 1 &&
	       (n == text.n ||
		   is_number(tail(text, n + 1), family == AF_INET ? 32 : 128));
}

/* What is behind the mechanism's name. */
static bool
rest_fits(const struct mechanism *mechanism, struct sts_str rest)
{
	size_t n;

	if (rest.n == 0 || rest.p[0] == '/')
		return mechanism->target != MUST &&
		       (rest.n == 0 || (mechanism->cidr && is_dual_cidr(rest)));
	if (rest.p[0] != ':' || mechanism->target == NONE)
		return false;
	rest = tail(rest, 1);
	n = mechanism->cidr ? span(rest, "/") : rest.n;
	return is_target(head(rest, n)) && is_dual_cidr(tail(rest, n));
}

static bool
read_mechanism(struct sts_str term, struct sts_spf *out)
{
	char qualifier = '+';
	struct sts_str name;
	size_t i, n;

	if (term.n > 0 && among(term.p[0], "+-?~")) {
		qualifier = term.p[0];
		term = tail(term, 1);
	}
	n = span(term, ":/");
	name = head(term, n);
	if (n < term.n && term.p[n] == ':' &&
	    sts_str_caseeq(name, sts_str("ip4")))
		return is_network(tail(term, n + 1), AF_INET);
	if (n < term.n && term.p[n] == ':' &&
	    sts_str_caseeq(name, sts_str("ip6")))
		return is_network(tail(term, n + 1), AF_INET6);
	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (!sts_str_caseeq(name, sts_str(mechanisms[i].name)))
			continue;
		/* Nobody looks at what is behind "all" (section 5.1). */
		out->lookups += mechanisms[i].looks && out->all == 0;
		if (i == 0 && out->all == 0)
			out->all = qualifier;
		out->ptr = out->ptr || strcmp(mechanisms[i].name, "ptr") == 0;
		return rest_fits(&mechanisms[i], tail(term, n));
	}
	return false;
}

static bool
is_modifier_name(struct sts_str name)
{
	size_t i;

	for (i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '-' &&
					      c != '_' && c != '.')))
			return false;
	}
	return name.n > 0;
}

static bool
read_term(struct sts_str term, struct sts_spf *out)
{
	size_t n = span(term, "=:/");
	struct sts_str name = head(term, n), value;

	if (n == term.n || term.p[n] != '=' || !is_modifier_name(name))
		return read_mechanism(term, out);
	value = tail(term, n + 1);
	if (sts_str_caseeq(name, sts_str("redirect"))) {
		if (out->redirect)
			return false; /* section 6: once at most */
		out->redirect = true;
		return is_target(value);
	}
	return value.n == 0 ? !sts_str_caseeq(name, sts_str("exp"))
			    : is_target(value);
}

enum sts_err
sts_spf_parse(struct sts_str text, struct sts_spf *out, struct sts_str *bad)
{
	struct sts_spf spf = {.lookups = 0};
	size_t n;

	text = tail(text, sizeof(version) - 1);
	while (text.n > 0) {
		n = 0;
		while (n < text.n && text.p[n] != ' ')
			n++;
		if (n > 0 && !read_term(head(text, n), &spf)) {
			*bad = head(text, n);
			return STS_ESYNTAX;
		}
		text = tail(text, n < text.n ? n + 1 : n);
	}
	/* Section 6.1: beside "all" it is not looked at. */
	spf.lookups += spf.redirect && spf.all == 0;
	*out = spf;
	return STS_OK;
}
