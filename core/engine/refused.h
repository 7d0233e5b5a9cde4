/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_REFUSED_H
#define STS_ENGINE_REFUSED_H

#include "state.h"

/*
 * No message may be returned for policy without a look at the TXT record just
 * before (RFC 8461 section 5, APP-3). Which attempt is a message's last one
 * only the mail server knows, so while mail is refused for a policy, the
 * policy is marked, and told only after a TXT check not older than a minute.
 */

/* Set or clear the mark of the policy in memory, and save it. */
void sts_refused_mark(struct sts_dom *dom, bool refused);
/* Does the mark of the policy before, which may have run out, go on? */
bool sts_refused_still(const struct sts_dom *dom, const struct sts_held *next);
/*
 * Must who asks for the live policy wait for a TXT check, or for what one has
 * set off? strict: also without a mark, as he would refuse mail.
 */
bool sts_refused_check(const struct sts_dom *dom, bool strict);

#endif
