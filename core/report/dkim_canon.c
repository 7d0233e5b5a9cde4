/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <string.h>

#include "dkim_impl.h"
#include "sts/policy.h"

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* Runs of white space as one space; those at the front and at the end not at
 * all. Line ends of folds are none. */
static void
write_relaxed(struct sts_str text, bool front, FILE *out)
{
	bool space = false, any = !front;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\n' ||
		    (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n'))
			continue;
		if (is_wsp(c)) {
			space = true;
			continue;
		}
		if (space && any)
			putc(' ', out);
		putc(c, out);
		space = false;
		any = true;
	}
}

static void
write_simple(struct sts_str text, FILE *out)
{
	struct sts_str line;
	bool more = false;

	while (sts_policy_next_line(&text, &line)) {
		if (more)
			fputs("\r\n", out);
		fwrite(line.p, 1, line.n, out);
		more = true;
	}
}

/* The name in small letters, no white space around the colon. */
static void
write_name(struct sts_str name, FILE *out)
{
	name = sts_dkim_trim(name);
	for (size_t i = 0; i < name.n; i++)
		putc(tolower((unsigned char)name.p[i]), out);
	putc(':', out);
}

void
sts_dkim_write_field(struct sts_str field, bool simple, FILE *out)
{
	struct sts_str value = sts_dkim_value(field);

	if (simple) {
		write_simple(field, out);
		return;
	}
	write_name(
	    (struct sts_str){field.p, (size_t)(value.p - field.p) - 1}, out);
	write_relaxed(value, true, out);
}

/* Empty lines at the end are none (sections 3.4.3 and 3.4.4). */
void
sts_dkim_write_body(struct sts_str body, bool simple, FILE *out)
{
	struct sts_str line;
	size_t empty = 0;
	bool any = false;

	while (sts_policy_next_line(&body, &line)) {
		while (!simple && line.n > 0 && is_wsp(line.p[line.n - 1]))
			line.n--;
		if (line.n == 0) {
			empty++;
			continue;
		}
		for (; empty > 0; empty--)
			fputs("\r\n", out);
		if (simple)
			fwrite(line.p, 1, line.n, out);
		else
			write_relaxed(line, false, out);
		fputs("\r\n", out);
		any = true;
	}
	if (simple && !any)
		fputs("\r\n", out);
}
