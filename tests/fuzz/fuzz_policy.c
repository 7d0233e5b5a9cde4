/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "sts/match.h"
#include "sts/policy.h"

static void
check_same(const struct sts_policy *a, const struct sts_policy *b)
{
	size_t i;

	MUST(a->mode == b->mode && a->max_age == b->max_age);
	MUST(a->n_mx == b->n_mx);
	for (i = 0; i < a->n_mx; i++)
		MUST(strcmp(a->mx[i], b->mx[i]) == 0);
}

/* Written again from what was understood it is the same, and faultless. */
static void
round_trip(const struct sts_policy *policy)
{
	size_t i, n, size = 128;
	struct sts_policy *again = NULL;
	struct sts_diags diags = {0};
	char *text;

	for (i = 0; i < policy->n_mx; i++)
		size += strlen(policy->mx[i]) + 4;
	text = malloc(size);
	MUST(text != NULL);
	n = (size_t)sprintf(text, "version:STSv1\nmode:%s\nmax_age:%u\n",
	    sts_mode_name(policy->mode), policy->max_age);
	for (i = 0; i < policy->n_mx; i++)
		n += (size_t)sprintf(text + n, "mx:%s\n", policy->mx[i]);
	if (n <= STS_POLICY_TEXT_MAX) {
		MUST(sts_policy_parse(
			 (struct sts_str){text, n}, &again, &diags) == STS_OK);
		MUST(diags.n == 0);
		check_same(policy, again);
	}
	sts_policy_free(again);
	free(text);
}

/* Blank lines and extensions in front or behind change nothing. */
static void
padding(struct sts_str text, const struct sts_policy *policy)
{
	static const char front[] = "\n \r\nx: y\n:\n";
	struct sts_policy *again = NULL;
	size_t n = sizeof(front) - 1;
	char *padded;

	if (text.n + n > STS_POLICY_TEXT_MAX)
		return;
	padded = malloc(text.n + n);
	MUST(padded != NULL);
	memcpy(padded, front, n);
	memcpy(padded + n, text.p, text.n);
	MUST(sts_policy_parse(
		 (struct sts_str){padded, text.n + n}, &again, NULL) == STS_OK);
	check_same(policy, again);
	sts_policy_free(again);
	free(padded);
}

static void
check(struct sts_str text, const struct sts_policy *policy)
{
	size_t i, j;

	MUST(policy->max_age <= STS_MAX_AGE_MAX);
	MUST(policy->n_mx > 0 || policy->mode == STS_MODE_NONE);
	MUST(policy->text.n == text.n);
	MUST(memcmp(policy->text.p, text.p, text.n) == 0);
	MUST(memchr(text.p, '\0', text.n) == NULL);
	for (i = 0; i < policy->n_mx; i++) {
		char host[300];

		for (j = 0; j < i && i < 100; j++)
			MUST(strcmp(policy->mx[i], policy->mx[j]) != 0);
		snprintf(host, sizeof(host), "%s", policy->mx[i]);
		if (host[0] == '*')
			host[0] = 'x';
		MUST(sts_policy_match(policy, sts_str(host)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sts_str text = fuzz_str(data, size);
	struct sts_policy *policy = NULL;
	struct sts_diags diags = {0};
	enum sts_err err = sts_policy_parse(text, &policy, &diags);
	size_t i, j;

	MUST(err == STS_OK || err == STS_ESYNTAX);
	MUST((sts_diag_error(&diags) == NULL) == (err == STS_OK));
	for (i = 0; i < diags.n; i++)
		for (j = 0; diags.list[i].text[j] != '\0'; j++)
			MUST(diags.list[i].text[j] >= ' ' &&
			     diags.list[i].text[j] <= '~');
	if (err != STS_OK) {
		MUST(policy == NULL);
		return 0;
	}
	check(text, policy);
	round_trip(policy);
	padding(text, policy);
	sts_policy_free(policy);
	return 0;
}
