/* SPDX-License-Identifier: ISC */
#ifndef STS_ROUTES_H
#define STS_ROUTES_H

#include "probes.h"
#include "sts/engine.h"
#include "sts/tls_result.h"

struct sts_service;

enum sts_route_kind {
	STS_ROUTE_HOST,    /* to host */
	STS_ROUTE_BLOCKED, /* none qualifies: reason, detail */
	STS_ROUTE_TEMP,    /* could not find out: reason, detail */
	STS_ROUTE_GONE     /* no policy of testing or enforce: ask anew */
};

#define STS_ROUTE_FAULTS 16 /* of a route; it has up to STS_MX_MAX hosts */

/* A host that was passed over, or kept mail waiting, for the policy. */
struct sts_route_fault {
	enum sts_result_type result;
	const char *host, *addr, *detail;
};

/* What a search found; texts are never NULL. */
struct sts_outcome {
	unsigned users;
	enum sts_route_kind kind;
	bool testing;
	const char *id, *host, *reason, *detail;
	int64_t fetched;     /* of the policy */
	unsigned era;        /* reloads before it was found */
	int64_t made, until; /* mono: found; holds so long */
	int64_t until_wall;
	struct sts_route_fault *fault; /* none where nothing is counted */
	size_t n_faults;
};

struct sts_routes_stats {
	size_t kept, searching, memory; /* now; octets */
	uint64_t searches, found, blocked, temp, gone;
};

/* The routes of domains: kept for a while, searched for once for all. */
struct sts_routes;
struct sts_route_wait;

typedef void sts_route_cb(void *arg, const struct sts_outcome *outcome);

/* They are made by the first question: others do not pay for them. NULL: no
 * memory. */
struct sts_routes *sts_routes_of(struct sts_service *service);
/* No callback comes any more. NULL is fine. */
void sts_routes_free(struct sts_routes *routes);

/*
 * What is kept for the domain and still right for the policy that answer has;
 * NULL: nothing. A search for the next one begins in the background where it
 * is time for that. answer NULL: the policy is not at hand now. stale: a host
 * that was found earlier will do, as smtpd checks it anyway.
 */
const struct sts_outcome *sts_routes_kept(struct sts_routes *routes,
    const char *domain, const struct sts_answer *answer, bool stale);
/*
 * Search, or wait for who does. answer: the policy, or NULL: to be asked for.
 * The callback comes once, from the loop. NULL: no memory, or too many.
 */
struct sts_route_wait *
sts_routes_wait(struct sts_routes *routes, const char *domain,
    const struct sts_answer *answer, sts_route_cb *cb, void *arg);
/* The same for nobody. */
void sts_routes_look(struct sts_routes *routes, const char *domain,
    const struct sts_answer *answer);
/* No callback; the search goes on. NULL is fine. */
void sts_routes_leave(struct sts_route_wait *wait);
/* There are other overrides: what is blocked by a pinned policy may not be. */
void sts_routes_reloaded(struct sts_routes *routes);
/* A delivery for domain to host failed: the next one looks anew. */
void sts_routes_doubt(
    struct sts_routes *routes, const char *domain, const char *host);
/* The same of all hosts that were tried well at this address. */
void sts_routes_doubt_address(struct sts_routes *routes, const char *addr);

void sts_routes_stats(const struct sts_routes *routes,
    struct sts_routes_stats *out, struct sts_probes_stats *probes);

#endif
