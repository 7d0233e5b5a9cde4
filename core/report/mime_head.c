/* SPDX-License-Identifier: ISC */
#include "mime_head.h"

#include <string.h>

#include "sts/policy.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sts_str
from(struct sts_str text, size_t n)
{
	return (struct sts_str){text.p + n, text.n - n};
}

static struct sts_str
skip_space(struct sts_str text)
{
	while (text.n > 0 && is_space(text.p[0]))
		text = from(text, 1);
	return text;
}

/* Octets of a field's name at the front of a line; 0: there is none. */
static size_t
name_length(struct sts_str line)
{
	size_t n = 0, colon;

	while (n < line.n && line.p[n] > ' ' && line.p[n] <= '~' &&
	       line.p[n] != ':')
		n++;
	colon = n;
	while (
	    colon < line.n && (line.p[colon] == ' ' || line.p[colon] == '\t'))
		colon++;
	return colon < line.n && line.p[colon] == ':' ? n : 0;
}

bool
sts_mime_begins(struct sts_str text)
{
	return name_length(text) > 0;
}

void
sts_mime_split(struct sts_str text, struct sts_str *head, struct sts_str *body)
{
	struct sts_str rest = text, line;

	*head = text;
	*body = from(text, text.n);
	while (sts_policy_next_line(&rest, &line))
		if (line.n == 0) {
			head->n = (size_t)(line.p - text.p);
			*body = rest;
			return;
		}
}

struct sts_str
sts_mime_field(struct sts_str head, const char *name)
{
	struct sts_str line, found = {"", 0};
	bool in = false;

	while (sts_policy_next_line(&head, &line)) {
		size_t n = name_length(line);

		if (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
			if (in)
				found.n = (size_t)(line.p + line.n - found.p);
			continue;
		}
		if (in)
			break;
		in = sts_str_caseeq((struct sts_str){line.p, n}, sts_str(name));
		if (in) {
			const char *colon = memchr(line.p, ':', line.n);

			found = from(line, (size_t)(colon + 1 - line.p));
		}
	}
	return found;
}

struct sts_str
sts_mime_value(struct sts_str field)
{
	struct sts_str text = skip_space(field);
	size_t n = 0;

	while (n < text.n && !is_space(text.p[n]) && text.p[n] != ';' &&
	       text.p[n] != '(')
		n++;
	return (struct sts_str){text.p, n};
}

/* Up to a ';' that is in no quotes. */
static struct sts_str
next_param(struct sts_str *rest)
{
	struct sts_str param = *rest;
	bool quoted = false;
	size_t n;

	for (n = 0; n < rest->n && (quoted || rest->p[n] != ';'); n++) {
		if (rest->p[n] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[n] == '\\' && n + 1 < rest->n)
			n++;
	}
	param.n = n;
	*rest = from(*rest, n < rest->n ? n + 1 : n);
	return param;
}

static struct sts_str
unquoted(struct sts_str text)
{
	const char *end;

	text = skip_space(text);
	if (text.n == 0 || text.p[0] != '"')
		return sts_mime_value(text);
	text = from(text, 1);
	end = memchr(text.p, '"', text.n);
	if (end != NULL)
		text.n = (size_t)(end - text.p);
	return text;
}

struct sts_str
sts_mime_param(struct sts_str field, const char *name)
{
	struct sts_str param, key;
	const char *equals;

	(void)next_param(&field);
	while (field.n > 0) {
		param = skip_space(next_param(&field));
		equals = memchr(param.p, '=', param.n);
		if (equals == NULL)
			continue;
		key = (struct sts_str){param.p, (size_t)(equals - param.p)};
		if (sts_str_caseeq(sts_mime_value(key), sts_str(name)))
			return unquoted(from(param, key.n + 1));
	}
	return (struct sts_str){"", 0};
}
