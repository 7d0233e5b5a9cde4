/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_ADMIN_H
#define STS_ENGINE_ADMIN_H

#include <stdbool.h>

#include "sts/engine.h"

/* What an administrator may see of a domain; lives until fn returns. */
struct sts_domain_view {
	const char *domain;
	struct sts_answer answer; /* what would be answered now, unasked */
	int64_t txt_next, refresh_next; /* wall seconds; 0: none */
	int64_t retry_next;             /* end of a back-off or negative time */
	int64_t last_used;              /* wall seconds; 0: never */
	const char *last_failure; /* reason of the last failed look, or "" */
	const char *last_detail;
	bool busy; /* a look-up is under way */
};

typedef void
sts_view_cb(void *arg, enum sts_err err, const struct sts_domain_view *view);
typedef void sts_done_cb(void *arg, enum sts_err err);

/* STS_ENOENT: nothing is known of the domain. cb possibly inside the call. */
void sts_engine_show(
    struct sts_engine *engine, const char *domain, sts_view_cb *cb, void *arg);
/*
 * Up to limit policies held, in the order of their domains, above after (""
 * from the start): each() with STS_OK, then done(). Domains without a policy
 * are only counted, by sts_engine_stats().
 */
void sts_engine_list(struct sts_engine *engine, const char *after, size_t limit,
    sts_view_cb *each, sts_done_cb *done, void *arg);
/*
 * Read TXT and policy now, past every hold; the answer is what holds then.
 * Comes by fetch_timeout at the latest. A failure shortens no live policy.
 */
struct sts_ask *sts_engine_refresh(struct sts_engine *engine,
    const char *domain, sts_answer_cb *cb, void *arg);
/* Forget all about a domain. STS_ENOENT: nothing was known. */
void sts_engine_purge(struct sts_engine *engine, const char *domain,
    sts_done_cb *done, void *arg);

/*
 * A domain has a record, but its policy could not be had; or a policy holds,
 * not of mode none, and its record could not (RFC 8461 section 6), though DNS
 * answered: the result type of RFC 8460, and more. held: what holds, or NULL.
 */
typedef void sts_failure_cb(void *arg, const char *domain,
    const struct sts_policy *held, const char *reason, const char *detail);
/* To be told of each; NULL: no more. */
void
sts_engine_on_failure(struct sts_engine *engine, sts_failure_cb *cb, void *arg);

/* Counted since the start, but for the last three. */
struct sts_engine_stats {
	uint64_t asked, none, policy, temporary;
	uint64_t hits; /* answered without asking anyone */
	uint64_t txt_asked, txt_failed, txt_bogus;
	uint64_t fetched, fetch_failed;
	uint64_t refused;         /* deliveries refused for policy */
	uint64_t expired;         /* policies lost by age */
	uint64_t shared_taken;    /* policies had from another host */
	uint64_t shared_extended; /* and lives made longer */
	uint64_t shared_differs;  /* fetched since another host has another */
	uint64_t lease_waited;    /* fetches that another host was left */
	uint64_t lease_overdue;   /* and that it did not bring in time */
	uint64_t domains, flights, policies_unsaved;
};

void
sts_engine_stats(const struct sts_engine *engine, struct sts_engine_stats *out);

#endif
