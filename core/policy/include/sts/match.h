/* SPDX-License-Identifier: ISC */
#ifndef STS_MATCH_H
#define STS_MATCH_H

#include <stdbool.h>

#include "sts/policy.h"

/*
 * Does the pattern, a host name or "*." and a name, cover the host (RFC 8461
 * section 4.1, MX-1, MX-2)? ASCII case and one trailing dot on either side
 * do not count; "*" stands for exactly one whole label. U-labels of the host
 * are taken as their A-labels, those of a pattern cover nothing. An address
 * never matches. The same rule holds for a certificate's DNS-ID.
 */
bool sts_pattern_match(struct sts_str pattern, struct sts_str host);

/* Does any mx of the policy cover the host? */
bool sts_policy_match(const struct sts_policy *policy, struct sts_str host);

#endif
