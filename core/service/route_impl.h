/* SPDX-License-Identifier: ISC */
#ifndef STS_ROUTE_IMPL_H
#define STS_ROUTE_IMPL_H

#include "conn.h"
#include "lru.h"
#include "routes.h"
#include "sts/domain.h"

LIST_HEAD(sts_route_waits, sts_route_wait);

/* One domain: what is kept, who searches, who waits. */
struct sts_route {
	struct sts_lru_node lru;   /* first */
	struct sts_outcome *kept;  /* NULL: nothing */
	struct sts_outcome *said;  /* in the log last, or NULL */
	struct sts_search *search; /* NULL: none */
	int64_t told;              /* its host, mono; 0: not, or it ended */
	bool busy;                 /* it is being worked on: not to be freed */
	struct sts_route_waits waits;
	char domain[];
};

struct sts_routes {
	struct sts_service *service;
	struct sts_probes *probes;
	struct sts_lru lru;
	unsigned era; /* reloads */
	struct sts_routes_stats stats;
};

/* False: no memory, nothing has begun. It ends from the loop. */
bool sts_search_begin(struct sts_routes *routes, struct sts_route *route,
    const struct sts_answer *answer, bool refresh);
void sts_search_free(struct sts_search *search);

/* routes.c */
/* The search has its outcome (NULL: no memory) and is gone afterwards. */
void sts_route_found(struct sts_search *search);

/* route_pick.c */
/* The first of some MX records that mail would go to; "": none takes mail;
 * NULL: the best is our own. Into buf. */
const char *sts_route_first(struct sts_routes *routes, const struct sts_mx *mx,
    size_t n, char buf[STS_DOMAIN_SIZE]);

/* route_outcome.c */
/* Holds for ms milliseconds. NULL: no memory. One user. */
struct sts_outcome *
sts_outcome_new(const struct sts_search *search, enum sts_route_kind kind,
    const char *host, const char *reason, const char *detail, int64_t ms);
size_t sts_outcome_size(const struct sts_outcome *outcome);
void sts_outcome_unref(struct sts_outcome *outcome); /* NULL is fine */
/* Say what changed, and keep in mind what was said. */
void sts_route_log(struct sts_routes *routes, struct sts_route *route,
    struct sts_outcome *outcome);

/* route_own.c */
/* Is it the one that is written so? */
bool sts_route_is_address(const char *own, const struct sockaddr_storage *addr);

int64_t sts_route_now(const struct sts_routes *routes);

#endif
