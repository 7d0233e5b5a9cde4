/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "findings.h"
#include "input.h"
#include "print.h"
#include "sts/policy.h"
#include "sts/report_read.h"

#define CELL      512 /* octets shown of a text */
#define WIDTH_MAX 40  /* of a column; what is longer juts out */
#define DAY       10  /* octets of "2026-01-31" */

/* The texts of a failure, a column each. */
static const struct column {
	const char *title;
	size_t at; /* in struct sts_read_detail */
} columns[] = {
    {"result", offsetof(struct sts_read_detail, result)},
    {"MX host", offsetof(struct sts_read_detail, mx)},
    {"HELO", offsetof(struct sts_read_detail, helo)},
    {"from", offsetof(struct sts_read_detail, sending_ip)},
    {"to", offsetof(struct sts_read_detail, receiving_ip)},
    {"reason", offsetof(struct sts_read_detail, reason)},
    {"information", offsetof(struct sts_read_detail, information)},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Safe for a terminal; "-": it is not told. */
static const char *
shown(struct sts_str text, char buf[CELL])
{
	return text.n > 0 ? sts_str_escape(text, buf, CELL) : "-";
}

static struct sts_str
text_of(const struct sts_read_detail *detail, size_t column)
{
	struct sts_str text;

	memcpy(&text, (const char *)detail + columns[column].at, sizeof(text));
	return text;
}

/* What it takes; 0: it tells nothing, and is left out. */
static int
width_of(const struct sts_read_policy *policy, size_t column)
{
	size_t width = 0, n;
	char buf[CELL];

	for (size_t i = 0; i < policy->n_detail; i++) {
		struct sts_str text = text_of(&policy->detail[i], column);

		n = text.n > 0 ? strlen(shown(text, buf)) : 0;
		if (n > width)
			width = n;
	}
	n = strlen(columns[column].title);
	if (width > 0 && width < n)
		width = n;
	return (int)(width < WIDTH_MAX ? width : WIDTH_MAX);
}

static void
print_row(const struct sts_read_detail *detail, const int width[COLUMNS])
{
	char buf[CELL];
	int gap = 0;

	for (size_t k = 0; k < COLUMNS; k++) {
		const char *text = columns[k].title;

		if (width[k] == 0)
			continue;
		if (detail != NULL)
			text = shown(text_of(detail, k), buf);
		printf("%*s  %s", gap, "", text);
		gap = width[k] - (int)strlen(text);
		if (gap < 0)
			gap = 0;
	}
	putchar('\n');
}

static void
print_details(const struct sts_read_policy *policy)
{
	int width[COLUMNS];

	if (policy->n_detail == 0)
		return;
	for (size_t k = 0; k < COLUMNS; k++)
		width[k] = width_of(policy, k);
	printf("  %9s", "failed");
	print_row(NULL, width);
	for (size_t i = 0; i < policy->n_detail; i++) {
		printf("  %9" PRIu64, policy->detail[i].sessions);
		print_row(&policy->detail[i], width);
	}
}

/* "  title  a, b" */
static void
print_list(const char *title, const struct sts_str *list, size_t n)
{
	char buf[CELL];

	if (n == 0)
		return;
	printf("  %-9s  ", title);
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i > 0 ? ", " : "", shown(list[i], buf));
	putchar('\n');
}

static void
print_policy(const struct sts_read_policy *policy)
{
	bool sts = sts_str_eq(policy->type, "sts");
	char buf[CELL];

	printf("\n%s", shown(policy->type, buf));
	printf(" %s\n", shown(policy->domain, buf));
	if (policy->parsed != NULL)
		printf("  %-9s  %s, max_age %" PRIu32 "\n", "mode",
		    sts_mode_name(policy->parsed->mode),
		    policy->parsed->max_age);
	else if (sts)
		printf("  %-9s  not known: %s\n", "mode",
		    policy->n_line > 0 ? "the policy is not valid"
				       : "there is no policy");
	print_list("mx", policy->pattern, policy->n_pattern);
	if (!sts)
		print_list("records", policy->line, policy->n_line);
	printf("  %-9s  %" PRIu64 " succeeded, %" PRIu64 " failed\n",
	    "sessions", policy->successful, policy->failed);
	print_details(policy);
}

static bool
ends(struct sts_str text, const char *with)
{
	return text.n == DAY + strlen(with) &&
	       memcmp(text.p + DAY, with, strlen(with)) == 0;
}

static void
print_days(const struct sts_read *report)
{
	char buf[CELL];

	if (ends(report->start, "T00:00:00Z") &&
	    ends(report->end, "T23:59:59Z")) {
		struct sts_str first = {report->start.p, DAY};
		struct sts_str last = {report->end.p, DAY};

		printf("days       %s", shown(first, buf));
		if (memcmp(first.p, last.p, DAY) != 0)
			printf(" to %s", shown(last, buf));
		puts(" (UTC)");
		return;
	}
	printf("days       %s", shown(report->start, buf));
	printf(" to %s\n", shown(report->end, buf));
}

static void
print_report(const struct sts_read *report)
{
	char buf[CELL];

	printf("from       %s\n", shown(report->organization, buf));
	printf("contact    %s\n", shown(report->contact, buf));
	printf("report     %s\n", shown(report->id, buf));
	print_days(report);
	for (size_t i = 0; i < report->n_policy; i++)
		print_policy(&report->policy[i]);
	printf("\nin all     %zu %s, %" PRIu64 " sessions succeeded, %" PRIu64
	       " failed\n",
	    report->n_policy, report->n_policy == 1 ? "policy" : "policies",
	    report->successful, report->failed);
}

static void
print_aside(const char *path, const char *kind, const struct sts_diag *diag)
{
	char buf[CELL];

	fprintf(stderr, "stsgate: %s: %s%s (%s, %s)\n",
	    shown(sts_str(path), buf), kind, diag->text, diag->rule,
	    diag->section);
}

/* Where they are in nobody's way. */
static void
print_notes(const char *path, const struct sts_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		print_aside(path, "warning: ", &diags->list[i]);
	if (diags->dropped > 0)
		fprintf(stderr, "stsgate: and %zu more\n", diags->dropped);
}

/* All but memory is told by diags. */
static int
cannot_read(const char *path, const struct sts_diags *diags)
{
	const struct sts_diag *error = sts_diag_error(diags);

	if (error == NULL)
		return sts_print_trouble(path, "out of memory");
	print_aside(path, "", error);
	return STS_EXIT_TEMP;
}

static int
tell(const struct sts_cli *cli, const struct sts_read *report,
    const struct sts_diags *diags)
{
	int code = report->failures ? STS_EXIT_NO : STS_EXIT_YES;

	if (cli->json) {
		print_notes(cli->argv[0], diags);
		return sts_print_json(json_incref(report->json), code);
	}
	print_report(report);
	if (diags->n > 0)
		putchar('\n');
	sts_findings_print(cli->argv[0], diags);
	return code;
}

int
sts_cli_report_read(const struct sts_cli *cli)
{
	const char *path = cli->argv[0];
	struct sts_diags diags = {0};
	struct sts_read *report = NULL;
	struct sts_str file;
	char *json = NULL;
	size_t n = 0;
	enum sts_err err;
	int code;

	if (sts_input_file(path, STS_READ_FILE_MAX, &file) != 0)
		return sts_print_trouble(path, strerror(errno));
	err = sts_report_open(file, &json, &n, &diags);
	free((char *)file.p);
	if (err == STS_OK)
		err =
		    sts_report_read((struct sts_str){json, n}, &report, &diags);
	free(json);
	code = err == STS_OK ? tell(cli, report, &diags)
			     : cannot_read(path, &diags);
	sts_report_read_free(report);
	return code;
}
