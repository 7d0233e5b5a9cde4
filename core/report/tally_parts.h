/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_TALLY_PARTS_H
#define STS_REPORT_TALLY_PARTS_H

#include "sts/tally.h"

/* So many sessions in all: JSON's numbers are exact up to here (RFC 7493
 * section 2.2). */
#define STS_TALLY_COUNT_MAX UINT64_C(9007199254740991)
#define STS_TALLY_DAY_MAX   INT64_C(2932896) /* 9999-12-31 */
#define STS_TALLY_TEXTS     5                /* of a detail */

/*
 * Policies of a tally, and details of a policy, stand in one order, whatever
 * came first: so they are found by halving, and the same counts are the same
 * octets when encoded.
 */

/* The texts of a detail, in their order. */
struct sts_tally_texts {
	struct sts_str text[STS_TALLY_TEXTS];
};

struct sts_tally_texts
sts_tally_texts_of(const struct sts_tally_detail *detail);

/* The policy, or NULL: not there. */
struct sts_tally_policy *sts_tally_find_policy(
    struct sts_tally *tally, enum sts_policy_type type, struct sts_str text);
/*
 * The same, made if it is not there. STS_ELIMIT: no room; STS_ENOMEM. Pointers
 * to other policies of the tally are not good after it.
 */
enum sts_err
sts_tally_need_policy(struct sts_tally *tally, enum sts_policy_type type,
    struct sts_str text, struct sts_tally_policy **out);
/*
 * Count failures of a policy, as a detail; its texts are printable ASCII and
 * not too long. STS_ELIMIT, STS_ENOMEM: there was no room, or no memory, for
 * the detail; they are counted as dropped.
 */
enum sts_err sts_tally_fail(struct sts_tally *tally,
    struct sts_tally_policy *policy, enum sts_result_type result,
    const struct sts_tally_texts *texts, uint64_t sessions);
/* The order of details: below 0 if this one comes first. */
int sts_tally_compare(const struct sts_tally_detail *detail,
    enum sts_result_type result, const struct sts_tally_texts *texts);
/* What one has counted since it was as the other is. STS_EINVAL: another domain
 * or day; STS_ENOMEM. For the caller to free. */
enum sts_err sts_tally_since(const struct sts_tally *now,
    const struct sts_tally *then, struct sts_tally **out);
/* Of all policies, and those dropped. */
uint64_t sts_tally_sessions(const struct sts_tally *tally);

#endif
