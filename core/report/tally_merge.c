/* SPDX-License-Identifier: ISC */
#include "tally_parts.h"

#include <string.h>

static enum sts_err
merge_policy(struct sts_tally *into, const struct sts_tally_policy *from)
{
	struct sts_str text = {from->text, from->n_text};
	struct sts_tally_policy *policy;
	enum sts_err err = STS_OK;

	if (sts_tally_need_policy(into, from->type, text, &policy) != STS_OK) {
		into->dropped += from->successful + from->failed;
		return STS_ELIMIT;
	}
	policy->successful += from->successful;
	policy->failed += from->dropped;
	policy->dropped += from->dropped;
	for (size_t i = 0; i < from->n_detail; i++) {
		const struct sts_tally_detail *detail = &from->detail[i];
		struct sts_tally_texts texts = sts_tally_texts_of(detail);

		if (sts_tally_fail(into, policy, detail->result, &texts,
			detail->sessions) != STS_OK)
			err = STS_ELIMIT;
	}
	return err;
}

enum sts_err
sts_tally_merge(struct sts_tally *into, const struct sts_tally *from)
{
	enum sts_err err = STS_OK;

	if (strcmp(into->domain, from->domain) != 0 || into->day != from->day ||
	    sts_tally_sessions(from) >
		STS_TALLY_COUNT_MAX - sts_tally_sessions(into))
		return STS_EINVAL;
	into->dropped += from->dropped;
	for (size_t i = 0; i < from->n_policy; i++)
		if (merge_policy(into, &from->policy[i]) != STS_OK)
			err = STS_ELIMIT;
	return err;
}
