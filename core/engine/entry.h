/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_ENTRY_H
#define STS_ENGINE_ENTRY_H

#include "held.h"

/*
 * The stored form of a policy: lines of text, then the policy's own octets.
 *
 *	stsgate-policy 1
 *	domain <name>	id <id>		(one each line, in this order)
 *	fetched <t>	expires <t>	refresh <t>	txt <t>	used <t>
 *	lost <0|1>	text <octets>	and an empty line
 *
 * txt is 0 while mail is refused for the policy (sts_held.refused).
 * A reader takes exactly this; another version is STS_EINVAL.
 */

/* Malloc'd, for the caller to free; not NUL-terminated. STS_ENOMEM. */
enum sts_err sts_entry_encode(
    const char *domain, const struct sts_held *held, char **text, size_t *size);
/*
 * Hostile octets do no harm. STS_ESYNTAX: not whole, of another domain, or the
 * policy does not parse; STS_EINVAL: another version; STS_ENOMEM.
 */
enum sts_err sts_entry_decode(
    const char *domain, struct sts_str text, struct sts_held **out);

/* The times alone, without looking at the policy. No allocation. */
struct sts_entry_head {
	int64_t fetched, expires, refresh, txt_next, used;
	bool lost;
	char id[STS_ID_SIZE];
	struct sts_str body;
};

enum sts_err sts_entry_head(
    const char *domain, struct sts_str text, struct sts_entry_head *out);

#endif
