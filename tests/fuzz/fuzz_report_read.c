/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "sts/report_read.h"

/* Sums agree, details are in order, no text points nowhere. */
static void
check_policy(const struct sts_read_policy *policy)
{
	size_t octets = policy->type.n + policy->domain.n;

	MUST(policy->type.p != NULL || policy->type.n == 0);
	for (size_t i = 0; i < policy->n_line; i++)
		octets += policy->line[i].n;
	for (size_t i = 0; i < policy->n_pattern; i++)
		octets += policy->pattern[i].n;
	for (size_t i = 0; i < policy->n_detail; i++) {
		const struct sts_read_detail *detail = &policy->detail[i];

		octets += detail->result.n + detail->mx.n + detail->helo.n;
		octets += detail->sending_ip.n + detail->receiving_ip.n;
		octets += detail->reason.n + detail->information.n;
		MUST(i == 0 || detail[-1].sessions >= detail->sessions);
		MUST(detail->sessions <= STS_READ_COUNT_MAX);
	}
	MUST(octets <= 2 * STS_READ_JSON_MAX);
}

static void
check(const struct sts_read *report)
{
	uint64_t successful = 0, failed = 0;

	for (size_t i = 0; i < report->n_policy; i++) {
		check_policy(&report->policy[i]);
		successful += report->policy[i].successful;
		failed += report->policy[i].failed;
	}
	MUST(report->successful == successful && report->failed == failed);
	MUST(report->failures || failed == 0);
}

static void
read_json(struct sts_str json)
{
	struct sts_diags diags = {0};
	struct sts_read *report = NULL;
	enum sts_err err = sts_report_read(json, &report, &diags);

	MUST((err == STS_OK) == (report != NULL));
	MUST((err == STS_OK) == (sts_diag_error(&diags) == NULL));
	for (size_t i = 0; i < diags.n; i++)
		for (const char *p = diags.list[i].text; *p != '\0'; p++)
			MUST(*p >= ' ' && *p <= '~');
	if (report != NULL)
		check(report);
	sts_report_read_free(report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_diags diags = {0};
	char *json = NULL;
	size_t n = 0;
	enum sts_err err =
	    sts_report_open(fuzz_str(data, size), &json, &n, &diags);

	MUST((err == STS_OK) == (json != NULL));
	MUST((err == STS_OK) == (sts_diag_error(&diags) == NULL));
	MUST(n <= STS_READ_JSON_MAX);
	if (json != NULL)
		read_json((struct sts_str){json, n});
	free(json);
	return 0;
}
