/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_COPY_H
#define STS_TABLE_COPY_H

#include "table_route.h"

/*
 * What the service said of domains, for as long as it may be repeated: used
 * while the service is gone. Bounded: a full set forgets what ends soonest.
 * Times are those of sts_link_now().
 */
struct sts_copies;

/* size: places, at least 4. NULL for no memory. */
struct sts_copies *sts_copies_new(size_t size);

void sts_copies_free(struct sts_copies *copies);

/*
 * In place of what was known of the domain. With no life, and if there is no
 * memory, nothing is known of it.
 */
void sts_copies_put(struct sts_copies *copies, const char *domain,
    const struct sts_route *route, int64_t now);

/* False: nothing that is to be repeated. route->life_ms is what is left. */
bool sts_copies_get(const struct sts_copies *copies, const char *domain,
    int64_t now, struct sts_route *route);

#endif
