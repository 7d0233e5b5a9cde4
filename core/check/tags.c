/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mail.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sts_str
trim(struct sts_str text)
{
	while (text.n > 0 && is_space(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && is_space(text.p[text.n - 1]))
		text.n--;
	return text;
}

/* Up to the octet, which is taken off the text as well. */
static struct sts_str
cut(struct sts_str *text, char at)
{
	const char *end = text->n > 0 ? memchr(text->p, at, text->n) : NULL;
	struct sts_str piece = *text;

	if (end == NULL) {
		text->n = 0;
		return piece;
	}
	piece.n = (size_t)(end - text->p);
	text->p = end + 1;
	text->n -= piece.n + 1;
	return piece;
}

static bool
is_name(struct sts_str name)
{
	size_t i;

	for (i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter &&
		    (i == 0 || !((c >= '0' && c <= '9') || c == '_')))
			return false;
	}
	return name.n > 0;
}

/* tag-value: printable, with space between, and no ';' */
static bool
is_value(struct sts_str value)
{
	size_t i;

	for (i = 0; i < value.n; i++)
		if (!is_space(value.p[i]) &&
		    (value.p[i] < '!' || value.p[i] > '~'))
			return false;
	return true;
}

enum sts_err
sts_tag_next(struct sts_str *list, struct sts_str *name, struct sts_str *value)
{
	struct sts_str rest = trim(*list), piece;

	if (rest.n == 0)
		return STS_ENOENT;
	piece = cut(&rest, ';');
	*list = rest;
	*name = trim(piece);
	if (memchr(piece.p, '=', piece.n) == NULL)
		return STS_ESYNTAX;
	*name = trim(cut(&piece, '='));
	*value = trim(piece);
	return is_name(*name) && is_value(*value) ? STS_OK : STS_ESYNTAX;
}

bool
sts_tag_among(struct sts_str value, const char *words)
{
	struct sts_str list = sts_str(words);

	while (list.n > 0)
		if (sts_str_caseeq(cut(&list, ' '), value))
			return true;
	return false;
}
