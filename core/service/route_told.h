/* SPDX-License-Identifier: ISC */
#ifndef STS_ROUTE_TOLD_H
#define STS_ROUTE_TOLD_H

#include "routes.h"

struct sts_task;

/* The last outcome of a search for the domain that is kept, however old; NULL:
 * none. */
const struct sts_outcome *
sts_routes_last(struct sts_routes *routes, const char *domain);
/* Its host was told for mail that may go there at once; and what became of
 * that is known now. */
void sts_routes_told(struct sts_routes *routes, const char *domain);
void sts_routes_ended(struct sts_routes *routes, const char *domain);
/* A session with addr came to nothing: each domain for which a host there was
 * told in the past minutes, and of which nothing was heard since. */
typedef void
sts_routes_each_cb(void *arg, const char *domain, const char *host);
void sts_routes_failed(struct sts_routes *routes, const char *addr,
    sts_routes_each_cb *each, void *arg);

/* verb_held.c */
/* Mail went to the host that was picked: count those that were passed over for
 * the policy. */
void sts_task_passed_over(struct sts_task *task);

#endif
