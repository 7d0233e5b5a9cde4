/* SPDX-License-Identifier: ISC */
#ifndef STS_TALLY_H
#define STS_TALLY_H

#include <stdint.h>

#include "sts/domain.h"
#include "sts/tls_result.h"

#define STS_TALLY_POLICIES   16     /* different ones of a domain in a day */
#define STS_TALLY_DETAILS    200    /* different failures of one of them */
#define STS_TALLY_TEXT       255    /* octets of a text of a detail */
#define STS_TALLY_OCTETS_MAX 131072 /* of it all, encoded */

/* So often the same failure. Texts are printable ASCII, owned. */
struct sts_tally_detail {
	enum sts_result_type result;
	char *mx, *sending_ip, *receiving_ip, *helo, *reason; /* "": unknown */
	uint64_t sessions;
};

struct sts_tally_policy {
	enum sts_policy_type type;
	char *text; /* not NUL-terminated */
	size_t n_text;
	uint64_t successful, failed; /* sessions */
	struct sts_tally_detail *detail;
	size_t n_detail;
	uint64_t dropped; /* failures that are in no detail, for room */
};

/* All that was counted of a domain in one UTC day, by one host or by several:
 * what one report tells. */
struct sts_tally {
	char domain[STS_DOMAIN_SIZE];
	int64_t day;                                        /* since 1970 */
	struct sts_tally_policy policy[STS_TALLY_POLICIES]; /* ordered */
	size_t n_policy;
	uint64_t dropped; /* sessions under a policy there was no room for */
	size_t octets;    /* it takes no more when encoded */
};

/* Empty, of this domain and day. NULL: no memory. */
struct sts_tally *sts_tally_new(const char *domain, int64_t day);
void sts_tally_free(struct sts_tally *tally); /* NULL is fine */
/*
 * Count a result; a policy of mode none counts as not found. STS_ELIMIT:
 * counted as dropped, in part or whole. STS_ENOMEM, and STS_EINVAL when a
 * number would not fit in JSON: not counted.
 */
enum sts_err
sts_tally_add(struct sts_tally *tally, const struct sts_tls_result *result);
/*
 * Add all that another one, of the same domain and day, has counted. Which
 * came first makes no difference, but for which details there is room.
 * STS_ELIMIT: all is counted, some newly as dropped. STS_EINVAL: nothing is,
 * as for another domain or day, or a number would not fit in JSON.
 */
enum sts_err
sts_tally_merge(struct sts_tally *into, const struct sts_tally *from);

/* Malloc'd, for the caller to free; the form is told in tally_code.h. The same
 * counts are the same octets. */
enum sts_err
sts_tally_encode(const struct sts_tally *tally, char **out, size_t *size);
/* Hostile octets do no harm. STS_ESYNTAX, STS_EINVAL: another version,
 * STS_ENOMEM. */
enum sts_err sts_tally_decode(struct sts_str text, struct sts_tally **out);

#endif
