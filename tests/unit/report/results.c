/* SPDX-License-Identifier: ISC */
#include "results.h"

#include <stdlib.h>
#include <string.h>

struct sts_tls_result
success(void)
{
	return (struct sts_tls_result){.domain = "a.example",
	    .policy_type = STS_POLICY_STS,
	    .policy = {POLICY, sizeof(POLICY) - 1},
	    .result = STS_RESULT_SUCCESS};
}

struct sts_tls_result
failure(enum sts_result_type result, const char *mx)
{
	struct sts_tls_result made = success();

	made.result = result;
	made.mx = sts_str(mx);
	return made;
}

void
add(struct sts_tally *tally, const struct sts_tls_result *result)
{
	assert_int_equal(sts_tally_add(tally, result), STS_OK);
}

void
add_times(struct sts_tally *tally, const struct sts_tls_result *result,
    unsigned times)
{
	while (times-- > 0)
		add(tally, result);
}

uint64_t
sessions(const struct sts_tally *tally)
{
	uint64_t sum = tally->dropped;

	for (size_t i = 0; i < tally->n_policy; i++)
		sum += tally->policy[i].successful + tally->policy[i].failed;
	return sum;
}

void
check_sums(const struct sts_tally *tally)
{
	for (size_t i = 0; i < tally->n_policy; i++) {
		const struct sts_tally_policy *policy = &tally->policy[i];
		uint64_t sum = policy->dropped;

		for (size_t k = 0; k < policy->n_detail; k++)
			sum += policy->detail[k].sessions;
		assert_int_equal(sum, policy->failed);
	}
	assert_true(tally->octets <= STS_TALLY_OCTETS_MAX);
}

char *
encoded(const struct sts_tally *tally)
{
	char *text, *copy;
	size_t n;

	assert_int_equal(sts_tally_encode(tally, &text, &n), STS_OK);
	assert_true(n <= tally->octets);
	copy = malloc(n + 1);
	assert_non_null(copy);
	memcpy(copy, text, n);
	copy[n] = '\0';
	free(text);
	return copy;
}
