/* SPDX-License-Identifier: ISC */
#include "sts/report_read.h"

#include <stdlib.h>
#include <string.h>

#include "read_policy.h"
#include "read_time.h"
#include "read_value.h"

static enum sts_err
read_policies(struct sts_read *report, struct sts_diags *diags)
{
	json_t *list, *value;
	enum sts_err err =
	    sts_read_list(report->json, "policies", &list, diags);
	size_t i;

	if (err != STS_OK)
		return err;
	if (list == NULL)
		return STS_READ_FAIL(STS_EINVAL, "form", STS_READ_FORM,
		    "it is JSON, but not a TLS report: no \"policies\"");
	if (json_array_size(list) == 0)
		sts_read_note(diags, "no-policies", STS_READ_FORM,
		    "there is nothing in \"policies\"");
	report->policy =
	    calloc(json_array_size(list) + 1, sizeof(report->policy[0]));
	if (report->policy == NULL)
		return STS_ENOMEM;
	report->n_policy = json_array_size(list);
	json_array_foreach (list, i, value) {
		struct sts_read_policy *policy = &report->policy[i];

		err = sts_read_policy(value, policy, diags);
		if (err == STS_OK)
			err = sts_read_add(
			    &report->successful, policy->successful, diags);
		if (err == STS_OK)
			err = sts_read_add(
			    &report->failed, policy->failed, diags);
		if (err != STS_OK)
			return err;
		/* The first detail has the most sessions. */
		report->failures =
		    report->failures || policy->failed > 0 ||
		    (policy->n_detail > 0 && policy->detail[0].sessions > 0);
	}
	return STS_OK;
}

static enum sts_err
read_root(struct sts_read *report, struct sts_diags *diags)
{
	static const char *const keys[] = {"organization-name", "date-range",
	    "contact-info", "report-id", "policies", NULL};
	static const char *const range_keys[] = {
	    "start-datetime", "end-datetime", NULL};
	json_t *root = report->json, *range;

	if (!json_is_object(root))
		return STS_READ_FAIL(STS_EINVAL, "form", STS_READ_FORM,
		    "it is JSON, but not an object");
	sts_read_keys(root, "the report", keys, diags);
	report->organization =
	    sts_read_text(root, "organization-name", true, diags);
	report->contact = sts_read_text(root, "contact-info", true, diags);
	report->id = sts_read_text(root, "report-id", true, diags);
	range = sts_read_object(root, "date-range", diags);
	if (range != NULL) {
		sts_read_keys(range, "date-range", range_keys, diags);
		report->start =
		    sts_read_text(range, "start-datetime", true, diags);
		report->end = sts_read_text(range, "end-datetime", true, diags);
		sts_read_range(report->start, report->end, diags);
	}
	return read_policies(report, diags);
}

/* What each value costs is bounded before jansson sees it. */
static bool
too_many(struct sts_str text)
{
	size_t marks = 0;

	for (size_t i = 0; i < text.n; i++)
		marks +=
		    text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
	return marks > STS_READ_MARKS_MAX;
}

static enum sts_err
load(struct sts_str text, json_t **out, struct sts_diags *diags)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *begin = text.p;
	size_t n = text.n;
	json_error_t error;
	char shown[STS_DIAG_TEXT];

	if (n >= 3 && memcmp(begin, bom, 3) == 0) {
		sts_read_note(diags, "byte-order-mark", "RFC 8259 section 8.1",
		    "there is a byte order mark in front");
		begin += 3;
		n -= 3;
	}
	*out = json_loadb(
	    begin, n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	if (*out == NULL &&
	    json_error_code(&error) == json_error_duplicate_key) {
		sts_read_note(diags, "duplicate-field", "RFC 7493 section 2.3",
		    "a field stands twice in an object; the last counts");
		*out = json_loadb(begin, n, JSON_ALLOW_NUL, &error);
	}
	if (*out != NULL)
		return STS_OK;
	if (json_error_code(&error) == json_error_out_of_memory)
		return STS_ENOMEM;
	return STS_READ_FAIL(STS_ESYNTAX, "json", STS_READ_FORM,
	    "it is not JSON: line %d: %s", error.line,
	    sts_str_escape(sts_str(error.text), shown, sizeof(shown)));
}

enum sts_err
sts_report_read(
    struct sts_str json, struct sts_read **out, struct sts_diags *diags)
{
	struct sts_read *report;
	enum sts_err err;

	if (json.n > STS_READ_JSON_MAX || too_many(json))
		return STS_READ_FAIL(STS_ELIMIT, "json-size",
		    "RFC 8460 section 5.2",
		    "it is larger than %zu MiB, or has more than %d values",
		    STS_READ_JSON_MAX >> 20, STS_READ_MARKS_MAX);
	report = calloc(1, sizeof(*report));
	if (report == NULL)
		return STS_ENOMEM;
	err = load(json, &report->json, diags);
	if (err == STS_OK)
		err = read_root(report, diags);
	if (err != STS_OK) {
		sts_report_read_free(report);
		return err;
	}
	*out = report;
	return STS_OK;
}

void
sts_report_read_free(struct sts_read *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->n_policy; i++)
		sts_read_policy_clear(&report->policy[i]);
	free(report->policy);
	json_decref(report->json);
	free(report);
}
