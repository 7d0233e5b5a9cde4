/* SPDX-License-Identifier: ISC */
#include "tally_parts.h"

#include <stdlib.h>
#include <string.h>

static const struct sts_tally_policy *
find(const struct sts_tally *tally, const struct sts_tally_policy *like)
{
	for (size_t i = 0; i < tally->n_policy; i++) {
		const struct sts_tally_policy *policy = &tally->policy[i];

		if (policy->type == like->type &&
		    policy->n_text == like->n_text &&
		    (policy->n_text == 0 ||
			memcmp(policy->text, like->text, like->n_text) == 0))
			return policy;
	}
	return NULL;
}

/* So often then. */
static uint64_t
count_of(const struct sts_tally_policy *policy,
    const struct sts_tally_detail *like, const struct sts_tally_texts *texts)
{
	for (size_t i = 0; policy != NULL && i < policy->n_detail; i++)
		if (sts_tally_compare(
			&policy->detail[i], like->result, texts) == 0)
			return policy->detail[i].sessions;
	return 0;
}

/* Never less than nothing; they only grow. */
static uint64_t
minus(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

static enum sts_err
since_policy(struct sts_tally *out, const struct sts_tally_policy *now,
    const struct sts_tally_policy *then)
{
	struct sts_str text = {now->text, now->n_text};
	struct sts_tally_policy *policy;
	enum sts_err err = sts_tally_need_policy(out, now->type, text, &policy);

	if (err != STS_OK)
		return err;
	policy->successful =
	    minus(now->successful, then != NULL ? then->successful : 0);
	policy->dropped = policy->failed =
	    minus(now->dropped, then != NULL ? then->dropped : 0);
	for (size_t i = 0; i < now->n_detail; i++) {
		const struct sts_tally_detail *detail = &now->detail[i];
		struct sts_tally_texts texts = sts_tally_texts_of(detail);
		uint64_t n =
		    minus(detail->sessions, count_of(then, detail, &texts));

		if (n > 0 && sts_tally_fail(out, policy, detail->result, &texts,
				 n) == STS_ENOMEM)
			return STS_ENOMEM;
	}
	return STS_OK;
}

static bool
same(const struct sts_tally_policy *now, const struct sts_tally_policy *then)
{
	return then != NULL && now->successful == then->successful &&
	       now->failed == then->failed;
}

enum sts_err
sts_tally_since(const struct sts_tally *now, const struct sts_tally *then,
    struct sts_tally **out)
{
	struct sts_tally *made;
	enum sts_err err = STS_OK;

	if (now->day != then->day || strcmp(now->domain, then->domain) != 0)
		return STS_EINVAL;
	made = sts_tally_new(now->domain, now->day);
	if (made == NULL)
		return STS_ENOMEM;
	made->dropped = minus(now->dropped, then->dropped);
	for (size_t i = 0; i < now->n_policy && err == STS_OK; i++) {
		const struct sts_tally_policy *old =
		    find(then, &now->policy[i]);

		if (!same(&now->policy[i], old))
			err = since_policy(made, &now->policy[i], old);
	}
	if (err != STS_OK) {
		sts_tally_free(made);
		return err;
	}
	*out = made;
	return STS_OK;
}
