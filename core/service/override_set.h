/* SPDX-License-Identifier: ISC */
#ifndef STS_OVERRIDE_SET_H
#define STS_OVERRIDE_SET_H

#include "sts/override.h"

/* Sorted by domain, in the order of its octets, once it is finished. */
struct sts_overrides {
	struct sts_override *v;
	size_t n, cap, refs;
};

/* NULL: out of memory. */
struct sts_overrides *sts_overrides_new(void);
/* Room for one more, zeroed and counted; NULL: out of memory. What it points
 * to is the set's from then on. */
struct sts_override *sts_overrides_add(struct sts_overrides *set);
/* No more will come: sort. Returns one whose domain is taken twice, the later
 * of both by line with the other in *first, or NULL. */
const struct sts_override *sts_overrides_finish(
    struct sts_overrides *set, const struct sts_override **first);

#endif
