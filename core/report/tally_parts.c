/* SPDX-License-Identifier: ISC */
#include "tally_parts.h"

#include <stdlib.h>
#include <string.h>

/* What a policy and a detail take when encoded, beside their texts. */
#define POLICY_OCTETS 128
#define DETAIL_OCTETS 64
#define DETAILS_STEP  4 /* the first room for details */

static int
compare(struct sts_str a, struct sts_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

struct sts_tally_texts
sts_tally_texts_of(const struct sts_tally_detail *detail)
{
	return (struct sts_tally_texts){{sts_str(detail->mx),
	    sts_str(detail->sending_ip), sts_str(detail->receiving_ip),
	    sts_str(detail->helo), sts_str(detail->reason)}};
}

/* Where it is, or belongs. */
static size_t
policy_at(const struct sts_tally *tally, enum sts_policy_type type,
    struct sts_str text, bool *there)
{
	size_t i;
	int order = 1;

	for (i = 0; i < tally->n_policy; i++) {
		const struct sts_tally_policy *p = &tally->policy[i];

		order = (int)p->type - (int)type;
		if (order == 0)
			order =
			    compare((struct sts_str){p->text, p->n_text}, text);
		if (order >= 0)
			break;
	}
	*there = order == 0;
	return i;
}

struct sts_tally_policy *
sts_tally_find_policy(
    struct sts_tally *tally, enum sts_policy_type type, struct sts_str text)
{
	bool there;
	size_t at = policy_at(tally, type, text, &there);

	return there ? &tally->policy[at] : NULL;
}

enum sts_err
sts_tally_need_policy(struct sts_tally *tally, enum sts_policy_type type,
    struct sts_str text, struct sts_tally_policy **out)
{
	bool there;
	size_t at = policy_at(tally, type, text, &there);
	struct sts_tally_policy *policy = &tally->policy[at];
	char *copy;

	*out = policy;
	if (there)
		return STS_OK;
	if (tally->n_policy == STS_TALLY_POLICIES ||
	    text.n > STS_TALLY_OCTETS_MAX ||
	    tally->octets + text.n + POLICY_OCTETS > STS_TALLY_OCTETS_MAX)
		return STS_ELIMIT;
	copy = malloc(text.n + 1);
	if (copy == NULL)
		return STS_ENOMEM;
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	memmove(policy + 1, policy, (tally->n_policy - at) * sizeof(*policy));
	*policy = (struct sts_tally_policy){
	    .type = type, .text = copy, .n_text = text.n};
	tally->n_policy++;
	tally->octets += text.n + POLICY_OCTETS;
	return STS_OK;
}

int
sts_tally_compare(const struct sts_tally_detail *detail,
    enum sts_result_type result, const struct sts_tally_texts *texts)
{
	struct sts_tally_texts mine = sts_tally_texts_of(detail);
	int order = (int)detail->result - (int)result;

	for (size_t i = 0; i < STS_TALLY_TEXTS && order == 0; i++)
		order = compare(mine.text[i], texts->text[i]);
	return order;
}

static size_t
detail_at(const struct sts_tally_policy *policy, enum sts_result_type result,
    const struct sts_tally_texts *texts, bool *there)
{
	size_t low = 0, high = policy->n_detail;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
		    sts_tally_compare(&policy->detail[middle], result, texts);

		if (order == 0) {
			*there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for one more: by doubling. */
static bool
grow(struct sts_tally_policy *policy)
{
	size_t n = policy->n_detail;
	struct sts_tally_detail *more;

	if (n > 0 && (n < DETAILS_STEP || (n & (n - 1)) != 0))
		return true;
	more = realloc(policy->detail,
	    (n < DETAILS_STEP ? DETAILS_STEP : n * 2) * sizeof(*more));
	if (more == NULL)
		return false;
	policy->detail = more;
	return true;
}

/* All texts in one block, which mx points to. */
static bool
set_texts(struct sts_tally_detail *detail, const struct sts_tally_texts *texts,
    size_t octets)
{
	char **to[STS_TALLY_TEXTS] = {&detail->mx, &detail->sending_ip,
	    &detail->receiving_ip, &detail->helo, &detail->reason};
	char *at = malloc(octets + STS_TALLY_TEXTS);

	if (at == NULL)
		return false;
	for (size_t i = 0; i < STS_TALLY_TEXTS; i++) {
		*to[i] = at;
		if (texts->text[i].n > 0)
			memcpy(at, texts->text[i].p, texts->text[i].n);
		at += texts->text[i].n;
		*at++ = '\0';
	}
	return true;
}

static enum sts_err
make_detail(struct sts_tally *tally, struct sts_tally_policy *policy, size_t at,
    enum sts_result_type result, const struct sts_tally_texts *texts)
{
	struct sts_tally_detail made = {.result = result};
	struct sts_tally_detail *detail;
	size_t octets = 0;

	for (size_t i = 0; i < STS_TALLY_TEXTS; i++)
		octets += texts->text[i].n;
	if (policy->n_detail == STS_TALLY_DETAILS ||
	    tally->octets + octets + DETAIL_OCTETS > STS_TALLY_OCTETS_MAX)
		return STS_ELIMIT;
	if (!grow(policy) || !set_texts(&made, texts, octets))
		return STS_ENOMEM;
	detail = &policy->detail[at];
	memmove(detail + 1, detail, (policy->n_detail - at) * sizeof(*detail));
	*detail = made;
	policy->n_detail++;
	tally->octets += octets + DETAIL_OCTETS;
	return STS_OK;
}

enum sts_err
sts_tally_fail(struct sts_tally *tally, struct sts_tally_policy *policy,
    enum sts_result_type result, const struct sts_tally_texts *texts,
    uint64_t sessions)
{
	bool there;
	size_t at = detail_at(policy, result, texts, &there);
	enum sts_err err = STS_OK;

	if (!there)
		err = make_detail(tally, policy, at, result, texts);
	policy->failed += sessions;
	if (err == STS_OK)
		policy->detail[at].sessions += sessions;
	else
		policy->dropped += sessions;
	return err;
}

uint64_t
sts_tally_sessions(const struct sts_tally *tally)
{
	uint64_t sum = tally->dropped;

	for (size_t i = 0; i < tally->n_policy; i++)
		sum += tally->policy[i].successful + tally->policy[i].failed;
	return sum;
}
