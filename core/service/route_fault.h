/* SPDX-License-Identifier: ISC */
#ifndef STS_ROUTE_FAULT_H
#define STS_ROUTE_FAULT_H

#include "route_search.h"

/* route_pick.c */
/* Its turn was before that of good, or would have been by preference; all were
 * if good is NULL. */
bool sts_route_passed(
    const struct sts_candidate *c, const struct sts_candidate *good);
/* route_told.c */
/* Is it no good by the policy? Its texts are those of c. */
bool
sts_route_fault(const struct sts_candidate *c, struct sts_route_fault *fault);

#endif
