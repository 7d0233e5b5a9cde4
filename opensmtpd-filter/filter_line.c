/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "filter_line.h"
#include "sts/client.h"

#define DOMAIN_MAX 1024 /* octets, as docs/protocol.md has it */

bool
sts_field_is(struct sts_field field, const char *text)
{
	return strlen(text) == field.n && memcmp(field.p, text, field.n) == 0;
}

struct sts_field
sts_field_first(struct sts_field *rest)
{
	struct sts_field first = *rest;
	const char *bar = memchr(rest->p, '|', rest->n);

	if (bar != NULL)
		first.n = (size_t)(bar - rest->p);
	rest->p += bar != NULL ? first.n + 1 : first.n;
	rest->n -= bar != NULL ? first.n + 1 : first.n;
	return first;
}

struct sts_field
sts_field_last(struct sts_field *rest)
{
	struct sts_field last = *rest;
	const char *bar = memrchr(rest->p, '|', rest->n);

	if (bar != NULL) {
		last.p = bar + 1;
		last.n = rest->n - (size_t)(bar + 1 - rest->p);
	}
	rest->n = bar != NULL ? (size_t)(bar - rest->p) : 0;
	return last;
}

/* Not isalnum(): a locale has no say in it. */
static bool
is_id(struct sts_field field)
{
	size_t i;

	for (i = 0; i < field.n; i++) {
		char c = field.p[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'z') &&
		    (c < 'A' || c > 'Z'))
			return false;
	}
	return field.n > 0 && field.n <= STS_FILTER_ID;
}

static bool
take_direction(struct sts_filter_line *line)
{
	struct sts_field subsystem = sts_field_first(&line->rest);

	line->outgoing = sts_field_is(subsystem, "smtp-out");
	return line->outgoing || sts_field_is(subsystem, "smtp-in");
}

/* Behind the first word: VERSION|TIME|SUBSYSTEM|EVENT|SESSION[|TOKEN]|... */
static bool
take_head(struct sts_filter_line *line, bool token)
{
	sts_field_first(&line->rest);
	sts_field_first(&line->rest);
	if (!take_direction(line))
		return false;
	line->event = sts_field_first(&line->rest);
	line->session = sts_field_first(&line->rest);
	if (token)
		line->token = sts_field_first(&line->rest);
	return line->event.n > 0 && is_id(line->session) &&
	       (!token || is_id(line->token));
}

struct sts_filter_line
sts_filter_parse(const char *line, size_t n)
{
	struct sts_filter_line out = {.rest = {line, n}};
	struct sts_field word = sts_field_first(&out.rest);

	if (sts_field_is(word, "config")) {
		out.kind = STS_FILTER_CONFIG;
		out.event = sts_field_first(&out.rest);
	} else if (sts_field_is(word, "report") && take_head(&out, false)) {
		out.kind = STS_FILTER_REPORT;
	} else if (sts_field_is(word, "filter") && take_head(&out, true)) {
		out.kind = STS_FILTER_ASK;
	}
	return out;
}

bool
sts_field_domain(struct sts_field address, char *out, size_t size)
{
	char domain[DOMAIN_MAX + 1];
	const char *at = memrchr(address.p, '@', address.n);
	size_t n, i;

	if (at == NULL)
		return false;
	at++;
	n = address.n - (size_t)(at - address.p);
	if (n > 0 && at[n - 1] == '>')
		n--;
	if (n == 0 || n > DOMAIN_MAX || at[0] == '[' ||
	    memchr(at, '\0', n) != NULL || size == 0)
		return false;
	for (i = 0; i < n; i++)
		domain[i] =
		    (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] | 0x20 : at[i]);
	domain[n] = '\0';
	out[0] = '\0';
	return sts_client_escape(out, size, domain) == 0;
}
