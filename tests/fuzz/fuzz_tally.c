/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "sts/report.h"
#include "sts/tally.h"

static uint64_t
sessions(const struct sts_tally *tally)
{
	uint64_t sum = tally->dropped;

	for (size_t i = 0; i < tally->n_policy; i++) {
		const struct sts_tally_policy *policy = &tally->policy[i];
		uint64_t failed = policy->dropped;

		for (size_t k = 0; k < policy->n_detail; k++)
			failed += policy->detail[k].sessions;
		MUST(policy->failed == failed);
		sum += policy->successful + policy->failed;
	}
	return sum;
}

/* What decodes is the one form of what it says. */
static void
check_form(const struct sts_tally *tally, struct sts_str text)
{
	char *again = NULL;
	size_t n = 0;

	MUST(sts_tally_encode(tally, &again, &n) == STS_OK);
	MUST(n == text.n && memcmp(again, text.p, n) == 0);
	MUST(n <= tally->octets && tally->octets <= STS_TALLY_OCTETS_MAX);
	free(again);
}

/* Merged into nothing it is the same, and into itself twice as much. */
static void
check_sum(struct sts_tally *tally, struct sts_str text)
{
	struct sts_tally *sum = sts_tally_new(tally->domain, tally->day);
	uint64_t once = sessions(tally);
	enum sts_err err;

	MUST(sum != NULL);
	MUST(sts_tally_merge(sum, tally) == STS_OK);
	check_form(sum, text);
	err = sts_tally_merge(sum, tally);
	MUST(err == STS_OK || err == STS_EINVAL);
	MUST(sessions(sum) == (err == STS_OK ? 2 * once : once));
	sts_tally_free(sum);
}

static void
check_report(const struct sts_tally *tally)
{
	const struct sts_reporter_name name = {
	    "A", "a@b.example", "b.example", NULL};
	char *json = NULL, *mail = NULL;
	size_t n = 0;
	enum sts_err err;

	MUST(sts_report_json(&name, tally, &json, &n) == STS_OK);
	MUST(n == strlen(json) && json[0] == '{' && json[n - 1] == '}');
	err = sts_report_mail(&name, tally, "c@d.example",
	    (struct sts_str){json, n}, 0, &mail, &n);
	MUST(err == STS_OK || err == STS_EINVAL);
	free(json);
	free(mail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str text = fuzz_str(data, size);
	struct sts_tally *tally = NULL;
	enum sts_err err = sts_tally_decode(text, &tally);

	MUST(err == STS_OK || err == STS_ESYNTAX || err == STS_EINVAL);
	MUST((err == STS_OK) == (tally != NULL));
	if (tally == NULL)
		return 0;
	check_form(tally, text);
	check_sum(tally, text);
	check_report(tally);
	sts_tally_free(tally);
	return 0;
}
