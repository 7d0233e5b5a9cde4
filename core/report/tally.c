/* SPDX-License-Identifier: ISC */
#include "sts/tally.h"

#include <stdlib.h>
#include <string.h>

#include "sts/policy.h"
#include "tally_parts.h"

#define HEAD_OCTETS 128 /* what stands before the policies, encoded */

struct sts_tally *
sts_tally_new(const char *domain, int64_t day)
{
	size_t n = strnlen(domain, STS_DOMAIN_MAX);
	struct sts_tally *tally = calloc(1, sizeof(*tally));

	if (tally == NULL)
		return NULL;
	memcpy(tally->domain, domain, n);
	tally->day = day;
	tally->octets = HEAD_OCTETS + n;
	return tally;
}

void
sts_tally_free(struct sts_tally *tally)
{
	if (tally == NULL)
		return;
	for (size_t i = 0; i < tally->n_policy; i++) {
		struct sts_tally_policy *policy = &tally->policy[i];

		for (size_t k = 0; k < policy->n_detail; k++)
			free(policy->detail[k].mx);
		free(policy->detail);
		free(policy->text);
	}
	free(tally);
}

/* Mode none asks for no policy at all (RFC 8461 section 5). */
static enum sts_err
asks_for_none(struct sts_str text, bool *none)
{
	struct sts_policy *policy;
	enum sts_err err = sts_policy_parse(text, &policy, NULL);

	*none = err == STS_OK && policy->mode == STS_MODE_NONE;
	if (err == STS_OK)
		sts_policy_free(policy);
	return err == STS_ENOMEM ? err : STS_OK;
}

/* Under which policy it counts. A text that is there already is not parsed
 * again. */
static enum sts_err
choose(struct sts_tally *tally, const struct sts_tls_result *result,
    struct sts_tally_policy **out)
{
	enum sts_policy_type type = result->policy_type;
	struct sts_str text = result->policy;
	enum sts_err err = STS_OK;
	bool none = false;

	if (type == STS_POLICY_NOT_FOUND)
		text.n = 0;
	*out = sts_tally_find_policy(tally, type, text);
	if (*out != NULL)
		return STS_OK;
	if (type == STS_POLICY_STS && text.n > 0)
		err = asks_for_none(text, &none);
	if (err != STS_OK)
		return err;
	if (none) {
		type = STS_POLICY_NOT_FOUND;
		text.n = 0;
	}
	return sts_tally_need_policy(tally, type, text, out);
}

static enum sts_err
add_failure(struct sts_tally *tally, struct sts_tally_policy *policy,
    const struct sts_tls_result *result)
{
	const struct sts_str *const from[STS_TALLY_TEXTS] = {&result->mx,
	    &result->sending_ip, &result->receiving_ip, &result->helo,
	    &result->reason};
	char clean[STS_TALLY_TEXTS][STS_TALLY_TEXT + 1];
	struct sts_tally_texts texts;

	for (size_t i = 0; i < STS_TALLY_TEXTS; i++)
		texts.text[i] = sts_str(
		    sts_str_escape(*from[i], clean[i], sizeof(clean[i])));
	return sts_tally_fail(tally, policy, result->result, &texts, 1) ==
		       STS_OK
		   ? STS_OK
		   : STS_ELIMIT;
}

enum sts_err
sts_tally_add(struct sts_tally *tally, const struct sts_tls_result *result)
{
	struct sts_tally_policy *policy;
	enum sts_err err;

	if (sts_tally_sessions(tally) >= STS_TALLY_COUNT_MAX)
		return STS_EINVAL;
	err = choose(tally, result, &policy);
	if (err == STS_ELIMIT)
		tally->dropped++;
	if (err != STS_OK)
		return err;
	if (result->result != STS_RESULT_SUCCESS)
		return add_failure(tally, policy, result);
	policy->successful++;
	return STS_OK;
}
