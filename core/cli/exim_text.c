/* SPDX-License-Identifier: ISC */
#include "exim_text.h"

#include <string.h>

bool
sts_exim_next_line(struct sts_str *rest, struct sts_str *line)
{
	const char *lf;

	if (rest->n == 0)
		return false;
	lf = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = lf == NULL ? rest->n : (size_t)(lf - rest->p);
	rest->p += line->n;
	rest->n -= line->n;
	if (lf != NULL) {
		rest->p++;
		rest->n--;
	}
	return true;
}

bool
sts_exim_behind(struct sts_str text, const char *word, struct sts_str *rest)
{
	size_t n = strlen(word);
	const char *p;

	if (text.n == 0)
		return false;
	p = memmem(text.p, text.n, word, n);
	if (p == NULL)
		return false;
	*rest = (struct sts_str){p + n, (size_t)(text.p + text.n - p) - n};
	return true;
}

bool
sts_exim_contains(struct sts_str text, const char *word)
{
	struct sts_str rest;

	return sts_exim_behind(text, word, &rest);
}

bool
sts_exim_begins(struct sts_str text, const char *word)
{
	size_t n = strlen(word);

	return text.n >= n && memcmp(text.p, word, n) == 0;
}

bool
sts_exim_cut(struct sts_str *s, const char *word)
{
	size_t n = strlen(word);

	if (!sts_exim_begins(*s, word))
		return false;
	*s = (struct sts_str){s->p + n, s->n - n};
	return true;
}

bool
sts_exim_braces(struct sts_str *text, struct sts_str *arg)
{
	struct sts_str rest = sts_exim_trim(*text);
	size_t depth = 1, i;

	if (!sts_exim_cut(&rest, "{"))
		return false;
	for (i = 0; i < rest.n; i++) {
		if (rest.p[i] == '{')
			depth++;
		else if (rest.p[i] == '}' && --depth == 0)
			break;
	}
	if (i == rest.n)
		return false;
	*arg = (struct sts_str){rest.p, i};
	*text = (struct sts_str){rest.p + i + 1, rest.n - i - 1};
	return true;
}

bool
sts_exim_same(struct sts_str a, struct sts_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

struct sts_str
sts_exim_trim(struct sts_str s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

void
sts_exim_words(struct sts_str text, char *out, size_t size)
{
	size_t n = 0, i;
	bool gap = false;

	for (i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (is_space(c) || c == '\n') {
			gap = n > 0;
			continue;
		}
		if (n + gap + 1 >= size)
			break;
		if (gap)
			out[n++] = ' ';
		out[n++] = (char)(c > ' ' && c <= '~' ? c : '?');
		gap = false;
	}
	out[n] = '\0';
}

/* The name in "NAME <kind>:", or nothing. */
static struct sts_str
heading(struct sts_str line, const char *kind)
{
	size_t n = strlen(kind);
	struct sts_str name = {NULL, 0};

	if (line.n < n + 3 || line.p[line.n - 1] != ':' ||
	    memcmp(line.p + line.n - 1 - n, kind, n) != 0 ||
	    line.p[line.n - 2 - n] != ' ')
		return name;
	name = (struct sts_str){line.p, line.n - 2 - n};
	return memchr(name.p, ' ', name.n) == NULL ? name
						   : (struct sts_str){NULL, 0};
}

bool
sts_exim_next_block(
    struct sts_str *rest, const char *kind, struct sts_exim_block *block)
{
	struct sts_str line, before;

	do
		if (!sts_exim_next_line(rest, &line))
			return false;
	while (heading(line, kind).n == 0);
	block->name = heading(line, kind);
	block->text = *rest;
	for (;;) {
		before = *rest;
		if (!sts_exim_next_line(rest, &line))
			break;
		if (heading(line, kind).n > 0) {
			*rest = before;
			break;
		}
	}
	block->text.n = (size_t)(rest->p - block->text.p);
	return true;
}

bool
sts_exim_block(struct sts_str text, const char *kind, struct sts_str name,
    struct sts_exim_block *block)
{
	while (sts_exim_next_block(&text, kind, block))
		if (sts_str_caseeq(block->name, name))
			return true;
	return false;
}

enum sts_exim_state
sts_exim_option(const struct sts_exim_block *block, const char *option,
    struct sts_str *value)
{
	struct sts_str rest = block->text, line;
	size_t n = strlen(option);

	while (sts_exim_next_line(&rest, &line)) {
		if (sts_str_eq(line, option))
			return STS_EXIM_TRUE;
		if (sts_exim_begins(line, "no_") && line.n == n + 3 &&
		    memcmp(line.p + 3, option, n) == 0)
			return STS_EXIM_FALSE;
		if (!sts_exim_begins(line, option) || line.n < n + 2 ||
		    memcmp(line.p + n, " =", 2) != 0)
			continue;
		*value = sts_exim_trim(
		    (struct sts_str){line.p + n + 2, line.n - n - 2});
		return STS_EXIM_VALUE;
	}
	return STS_EXIM_ABSENT;
}

struct sts_str
sts_exim_value(const struct sts_exim_block *block, const char *option)
{
	struct sts_str value = {NULL, 0};

	if (sts_exim_option(block, option, &value) != STS_EXIM_VALUE)
		return (struct sts_str){NULL, 0};
	return value;
}

struct sts_str
sts_exim_macro(struct sts_str config, const char *name)
{
	struct sts_str line, value = {NULL, 0};
	size_t n = strlen(name);

	while (sts_exim_next_line(&config, &line)) {
		line = sts_exim_trim(line);
		if (!sts_exim_begins(line, name))
			continue;
		line = sts_exim_trim((struct sts_str){line.p + n, line.n - n});
		if (!sts_exim_begins(line, "="))
			continue;
		do {
			line.p++;
			line.n--;
		} while (sts_exim_begins(line, "="));
		value = sts_exim_trim(line);
	}
	return value;
}
