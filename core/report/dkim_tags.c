/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "dkim_impl.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sts_str
sts_dkim_trim(struct sts_str text)
{
	while (text.n > 0 && is_space(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && is_space(text.p[text.n - 1]))
		text.n--;
	return text;
}

/* Up to the mark; what is behind it stays in text. */
static struct sts_str
cut(struct sts_str *text, char mark)
{
	const char *at = memchr(text->p, mark, text->n);
	struct sts_str front = *text;

	if (at == NULL) {
		text->p += text->n;
		text->n = 0;
		return front;
	}
	front.n = (size_t)(at - text->p);
	text->p += front.n + 1;
	text->n -= front.n + 1;
	return front;
}

/* The next tag of a list; false: there is none. What has no '=' is none. */
static bool
next_tag(struct sts_str *list, struct sts_str *name, struct sts_str *value)
{
	while (list->n > 0) {
		*value = cut(list, ';');
		if (memchr(value->p, '=', value->n) == NULL)
			continue;
		*name = sts_dkim_trim(cut(value, '='));
		return true;
	}
	return false;
}

struct sts_str
sts_dkim_tag(struct sts_str list, const char *name)
{
	struct sts_str tag, value;

	while (next_tag(&list, &tag, &value))
		if (sts_str_eq(tag, name))
			return value;
	return (struct sts_str){NULL, 0};
}

bool
sts_dkim_twice(struct sts_str list)
{
	struct sts_str tag, value, rest, other;

	while (next_tag(&list, &tag, &value))
		for (rest = list; next_tag(&rest, &other, &value);)
			if (other.n == tag.n &&
			    memcmp(other.p, tag.p, tag.n) == 0)
				return true;
	return false;
}

bool
sts_dkim_next(struct sts_str *list, struct sts_str *item)
{
	if (list->n == 0)
		return false;
	*item = sts_dkim_trim(cut(list, ':'));
	return true;
}
