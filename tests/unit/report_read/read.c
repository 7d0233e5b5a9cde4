/* SPDX-License-Identifier: ISC */
#include "read.h"

#include <stdlib.h>
#include <string.h>

struct sts_diags diags;

static void
must_have_failed(const char *rule, const char *section, const char *words)
{
	const struct sts_diag *error = sts_diag_error(&diags);

	assert_non_null(error);
	assert_string_equal(error->rule, rule);
	assert_string_equal(error->section, section);
	if (strstr(error->text, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, error->text);
}

struct sts_read *
must_read(const char *json, size_t notes)
{
	struct sts_read *report = NULL;

	memset(&diags, 0, sizeof(diags));
	assert_int_equal(
	    sts_report_read(sts_str(json), &report, &diags), STS_OK);
	assert_non_null(report);
	for (size_t i = notes; i < diags.n; i++)
		print_message("note: %s\n", diags.list[i].text);
	assert_int_equal(diags.n, notes);
	assert_null(sts_diag_error(&diags));
	return report;
}

void
must_not_read(const char *json, enum sts_err err, const char *rule,
    const char *section, const char *words)
{
	struct sts_read *report = NULL;

	memset(&diags, 0, sizeof(diags));
	assert_int_equal(sts_report_read(sts_str(json), &report, &diags), err);
	assert_null(report);
	must_have_failed(rule, section, words);
	/* And with nobody to tell. */
	assert_int_equal(sts_report_read(sts_str(json), &report, NULL), err);
}

void
must_not_open(struct sts_str file, enum sts_err err, const char *rule,
    const char *section, const char *words)
{
	char *json = NULL;
	size_t n = 0;

	memset(&diags, 0, sizeof(diags));
	assert_int_equal(sts_report_open(file, &json, &n, &diags), err);
	assert_null(json);
	must_have_failed(rule, section, words);
}

char *
must_open(struct sts_str file, size_t notes)
{
	char *json = NULL, *copy;
	size_t n = 0;

	memset(&diags, 0, sizeof(diags));
	assert_int_equal(sts_report_open(file, &json, &n, &diags), STS_OK);
	assert_int_equal(diags.n, notes);
	copy = malloc(n + 1);
	assert_non_null(copy);
	memcpy(copy, json, n);
	copy[n] = '\0';
	free(json);
	return copy;
}

void
must_note(const char *rule, const char *section, const char *text)
{
	for (size_t i = 0; i < diags.n; i++)
		if (strcmp(diags.list[i].rule, rule) == 0 &&
		    strcmp(diags.list[i].section, section) == 0 &&
		    strcmp(diags.list[i].text, text) == 0)
			return;
	fail_msg("no note \"%s\" (%s, %s)", text, rule, section);
}

void
must_be(struct sts_str text, const char *want)
{
	assert_int_equal(text.n, strlen(want));
	assert_memory_equal(text.p, want, text.n);
}
