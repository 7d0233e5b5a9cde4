/* SPDX-License-Identifier: ISC */
#ifndef STS_ROUTE_SEARCH_H
#define STS_ROUTE_SEARCH_H

#include "query.h"
#include "route_impl.h"

#define STS_ROUTE_DETAIL 1001 /* octets of detail, with NUL */

enum sts_candidate_state { STS_UNTRIED, STS_TRYING, STS_TRIED, STS_NAMED_NOT };

struct sts_candidate {
	struct sts_search *search;
	struct sts_mx mx;
	int64_t doubted; /* as it was at first */
	uint32_t order;  /* among those of one preference */
	enum sts_candidate_state state;
	bool looking, own; /* for its addresses; one is ours */
	struct sts_address_query *query;
	struct sts_probe_wait *wait;
	struct sts_probed probed;
};

enum sts_search_stage {
	STS_SEARCH_NEW,    /* has nothing, or the policy */
	STS_SEARCH_ASK,    /* waits for the policy */
	STS_SEARCH_POLICY, /* has it */
	STS_SEARCH_DNS,    /* waits for the MX records */
	STS_SEARCH_OWN,    /* looks which of them are ours */
	STS_SEARCH_PROBE,  /* has them, tries them */
	STS_SEARCH_END     /* has an outcome, or no memory for it */
};

/* One search for a route; it goes on without anyone who waits for it. */
struct sts_search {
	struct sts_routes *routes;
	struct sts_route *route;
	struct sts_timer *timer; /* to begin */
	unsigned depth;          /* of the calls we are in */
	enum sts_search_stage stage;
	bool looked;  /* for addresses of ours */
	bool refresh; /* there is a route; results of probes are to be new */
	struct sts_query query;
	struct sts_policy *policy; /* ours */
	char id[STS_ID_SIZE];
	int64_t fetched, expires;
	unsigned era; /* when the policy was taken */
	struct sts_dns dns;
	struct sts_dns_query *mx;
	struct sts_addresses addresses;
	struct sts_candidate *list; /* in the order of their turns */
	size_t n, open;             /* of them; being tried */
	const struct sts_candidate *good;
	const struct sts_candidate *turn; /* of those that are being tried */
	struct sts_outcome *outcome;
};

/* route_search.c */
void sts_search_end(struct sts_search *search, enum sts_route_kind kind,
    const char *host, const char *reason, const char *detail, int64_t ms);

/* Around what may bring an answer. */
void sts_search_enter(struct sts_search *search);
void sts_search_leave(struct sts_search *search);

/* route_own.c */
bool sts_route_own_wanted(const struct sts_search *search);
/* At first, then whenever something came; false: not all is known yet. */
bool sts_route_own(struct sts_search *search);
void sts_route_own_drop(struct sts_candidate *c);

/* route_pick.c */
/*
 * The MX records, sorted and without those that are not better than our own
 * hosts, into out, which has room for all. Returns how many; *own: there were
 * such.
 */
size_t sts_route_sort(struct sts_routes *routes, const struct sts_mx *mx,
    size_t n, struct sts_candidate *out, bool *own);
/* Is there a host that only we could not try? */
bool sts_route_unsure(const struct sts_search *search);
/* None was good. The first that may be, but is slower than our tries; or NULL.
 * A mail server has more patience, and verifies by itself. */
const struct sts_candidate *sts_route_slow(const struct sts_search *search);
/* No host will do: end the search. */
void sts_route_refuse(struct sts_search *search);
/* One will do (search->good), for ms milliseconds: end the search. */
void sts_route_take(struct sts_search *search, int64_t ms);

#endif
