/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "print.h"

#define COLUMNS 78
#define INDENT  5
#define AREA    8 /* columns */
#define RED     "31"
#define GREEN   "32"
#define YELLOW  "33"
#define CYAN    "36"
#define BOLD    "1"

static const struct {
	const char *text, *colour;
} marks[] = {
    [STS_CHECK_FACT] = {"ok", GREEN},
    [STS_CHECK_NOTE] = {"--", CYAN},
    [STS_CHECK_UNKNOWN] = {"??", YELLOW},
    [STS_CHECK_WARNING] = {"!!", YELLOW},
    [STS_CHECK_ERROR] = {"NO", RED},
};

/* On a terminal alone, and not where NO_COLOR is set (no-color.org). */
static bool
coloured(void)
{
	const char *no = getenv("NO_COLOR");

	return (no == NULL || no[0] == '\0') && isatty(STDOUT_FILENO) == 1;
}

static void
paint(const char *colour, const char *text)
{
	if (coloured())
		printf("\033[%sm%s\033[0m", colour, text);
	else
		fputs(text, stdout);
}

/* Words in lines, from a column on; lines that follow are indented. */
static void
print_words(size_t column, const char *text)
{
	bool begun = false;
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, " ");
		if (begun && column + 1 + n > COLUMNS) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (begun) {
			putchar(' ');
			column++;
		}
		sts_print_text((struct sts_str){text, n});
		column += n;
		begun = true;
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
print_more(const char *label, const char *text)
{
	size_t n = strlen(label);

	if (text[0] == '\0')
		return;
	printf("%*s%s", INDENT, "", label);
	print_words(INDENT + n, text);
}

static void
print_item(const struct sts_check_item *item)
{
	char text[STS_CHECK_TEXT + STS_DOMAIN_SIZE + STS_CHECK_CODE];
	char line[24] = "";

	if (item->line > 0)
		snprintf(line, sizeof(line), "line %u: ", item->line);
	if (item->grade == STS_CHECK_FACT)
		snprintf(text, sizeof(text), "%s", item->seen);
	else
		snprintf(text, sizeof(text), "%s%s [%s]", line, item->seen,
		    item->code);
	fputs("  ", stdout);
	paint(marks[item->grade].colour, marks[item->grade].text);
	putchar(' ');
	print_words(INDENT, text);
	if (item->grade == STS_CHECK_FACT)
		return;
	snprintf(text, sizeof(text), "%s%s%s", item->section,
	    item->section[0] && item->says[0] ? ": " : "", item->says);
	print_more("", text);
	print_more("mend: ", item->mend);
}

static void
print_count(const char *before, size_t n, const char *one, const char *many)
{
	printf("%s%zu %s", before, n, n == 1 ? one : many);
}

static void
print_end(const struct sts_check_result *result)
{
	const size_t *count = result->count;
	int code = sts_check_code(result);

	fputs(code == STS_EXIT_YES  ? "sound: "
	      : code == STS_EXIT_NO ? ""
				    : "could not tell: ",
	    stdout);
	print_count("", count[STS_CHECK_ERROR], "error", "errors");
	print_count(", ", count[STS_CHECK_WARNING], "warning", "warnings");
	if (count[STS_CHECK_UNKNOWN] > 0)
		printf(
		    ", %zu could not be looked at", count[STS_CHECK_UNKNOWN]);
	print_count(", ", count[STS_CHECK_NOTE], "note", "notes");
	if (result->dropped > 0)
		printf("; %zu more left out", result->dropped);
	putchar('\n');
}

/* The area where it begins, and what of it the next lines are about. */
static void
print_head(const struct sts_check_item *item, const struct sts_check_item *last)
{
	bool again = last != NULL && item->area == last->area;
	const char *area = again ? "" : sts_check_area_name(item->area);

	if (again && strcmp(item->subject, last->subject) == 0)
		return;
	paint(BOLD, area);
	printf("%*s", AREA - (int)strlen(area), "");
	sts_print_text(sts_str(item->subject));
	putchar('\n');
}

/* Those of a grade above least. */
static void
print_items(const struct sts_check_result *result, int least)
{
	const struct sts_check_item *last = NULL;
	size_t i;

	for (i = 0; i < result->n; i++) {
		if ((int)result->item[i].grade <= least)
			continue;
		print_head(&result->item[i], last);
		print_item(&result->item[i]);
		last = &result->item[i];
	}
}

static void
print_brief(const struct sts_check_result *result)
{
	int code = sts_check_code(result);

	paint(code == STS_EXIT_YES  ? GREEN
	      : code == STS_EXIT_NO ? RED
				    : YELLOW,
	    code == STS_EXIT_YES  ? "ok "
	    : code == STS_EXIT_NO ? "NO "
				  : "?? ");
	sts_print_text(sts_str(result->domain));
	putchar('\n');
	print_items(result, STS_CHECK_NOTE);
}

void
sts_check_print(const struct sts_check_result *result, bool brief)
{
	if (brief) {
		print_brief(result);
		return;
	}
	print_items(result, -1);
	putchar('\n');
	print_end(result);
}
