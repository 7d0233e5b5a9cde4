/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "print.h"

#define COLUMNS 78
#define CELL    32

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static const char *
mark(const json_t *object)
{
	const char *verdict = text_of(object, "verdict");

	if (strcmp(verdict, "ok") == 0)
		return "ok";
	if (strcmp(verdict, "no") == 0)
		return "NO";
	return strcmp(verdict, "skip") == 0 ? "--" : "  ";
}

/* "RFC 8461 section 3.1" as "8461 3.1"; what is other stays. */
static const char *
short_section(const char *section, char buf[CELL])
{
	char rfc[8], number[8];
	int end = 0;

	if (sscanf(section, "RFC %7[0-9] section %7[0-9.]%n", rfc, number,
		&end) != 2 ||
	    section[end] != '\0')
		return sts_str_escape(sts_str(section), buf, CELL);
	snprintf(buf, CELL, "%s %s", rfc, number);
	return buf;
}

static void
print_notes(const json_t *step)
{
	const json_t *note;
	char section[CELL];
	size_t i;

	json_array_foreach (json_object_get(step, "notes"), i, note) {
		const char *of = text_of(note, "section");

		printf("      %s ", mark(note));
		sts_print_text(sts_str(text_of(note, "text")));
		if (of[0] != '\0' && strcmp(of, text_of(step, "section")) != 0)
			printf(" (%s)", short_section(of, section));
		putchar('\n');
	}
}

static void
print_step(const json_t *step)
{
	char name[CELL], section[CELL];

	printf("%s %-8s%6lld ms  %-8s ", mark(step),
	    sts_str_escape(sts_str(text_of(step, "step")), name, sizeof(name)),
	    (long long)json_integer_value(json_object_get(step, "ms")),
	    short_section(text_of(step, "section"), section));
	sts_print_text(sts_str(text_of(step, "text")));
	putchar('\n');
	print_notes(step);
}

/* In lines of words. */
static void
print_wrapped(const char *text)
{
	size_t column = 0, n;

	while (*text != '\0') {
		n = strcspn(text, " ");
		if (column > 0 && column + 1 + n > COLUMNS) {
			putchar('\n');
			column = 0;
		}
		if (column > 0) {
			putchar(' ');
			column++;
		}
		sts_print_text((struct sts_str){text, n});
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

void
sts_explain_print(const json_t *object)
{
	const json_t *step;
	long long left =
	    json_integer_value(json_object_get(object, "left_out"));
	size_t i;

	sts_print_text(sts_str(text_of(object, "domain")));
	if (text_of(object, "host")[0] != '\0') {
		fputs(", MX ", stdout);
		sts_print_text(sts_str(text_of(object, "host")));
	}
	puts("\n   step      time     RFC");
	json_array_foreach (json_object_get(object, "steps"), i, step) {
		print_step(step);
	}
	if (left > 0)
		printf("      %lld more notes left out\n", left);
	putchar('\n');
	print_wrapped(text_of(object, "why"));
}
