/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "exim.h"

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

/* What is behind the first place of word in text, or NULL. */
static const char *
behind(struct sts_str text, const char *word)
{
	const char *p;

	if (text.n == 0)
		return NULL;
	p = memmem(text.p, text.n, word, strlen(word));
	return p == NULL ? NULL : p + strlen(word);
}

bool
sts_exim_contains(struct sts_str text, const char *word)
{
	return behind(text, word) != NULL;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct sts_str
trim(struct sts_str s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct sts_str
rest_of(struct sts_str text, const char *p)
{
	return (struct sts_str){p, (size_t)(text.p + text.n - p)};
}

/* The value behind "name =" in a condition, or nothing. */
static struct sts_str
assigned(struct sts_str line, const char *name)
{
	const char *p = behind(line, name);
	struct sts_str value = {NULL, 0};

	if (p == NULL)
		return value;
	value = trim(rest_of(line, p));
	if (value.n == 0 || value.p[0] != '=')
		return (struct sts_str){NULL, 0};
	return trim((struct sts_str){value.p + 1, value.n - 1});
}

static bool
begins(struct sts_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

/* Is word one of the items between commas, up to the next '/'? */
static bool
lists(struct sts_str value, const char *word)
{
	size_t end = 0, start;

	while (end < value.n && value.p[end] != '/') {
		for (start = end; end < value.n && value.p[end] != '/' &&
				  value.p[end] != ',';)
			end++;
		if (sts_str_eq(
			trim((struct sts_str){value.p + start, end - start}),
			word))
			return true;
		if (end < value.n && value.p[end] == ',')
			end++;
	}
	return false;
}

/*
 * Both let a message ride a connection that was opened for another domain's
 * checks, before any hook of the transport is asked.
 */
static int
check_line(struct sts_str line, json_t *findings)
{
	struct sts_str nowhere = {NULL, 0};

	if (begins(assigned(line, "control"), "cutthrough_delivery") &&
	    sts_exim_add(findings, "cutthrough_delivery", NULL, nowhere,
		"control = cutthrough_delivery delivers on a connection of "
		"the callout, past the checks of stsgate") != 0)
		return -1;
	if (lists(assigned(line, "callout"), "hold"))
		return sts_exim_add(findings, "hold", NULL, nowhere,
		    "a callout with hold leaves its connection to the "
		    "delivery, past the checks of stsgate");
	return 0;
}

int
sts_exim_config(struct sts_str config, json_t *findings)
{
	struct sts_str line;

	while (sts_exim_next_line(&config, &line))
		if (check_line(line, findings) != 0)
			return -1;
	return 0;
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

enum sts_exim_state
sts_exim_option(const struct sts_exim_block *block, const char *option,
    struct sts_str *value)
{
	struct sts_str rest = block->text, line;
	size_t n = strlen(option);

	while (sts_exim_next_line(&rest, &line)) {
		if (sts_str_eq(line, option))
			return STS_EXIM_TRUE;
		if (begins(line, "no_") && line.n == n + 3 &&
		    memcmp(line.p + 3, option, n) == 0)
			return STS_EXIM_FALSE;
		if (!begins(line, option) || line.n < n + 2 ||
		    memcmp(line.p + n, " =", 2) != 0)
			continue;
		*value = trim((struct sts_str){line.p + n + 2, line.n - n - 2});
		return STS_EXIM_VALUE;
	}
	return STS_EXIM_ABSENT;
}
