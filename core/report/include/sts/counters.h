/* SPDX-License-Identifier: ISC */
#ifndef STS_COUNTERS_H
#define STS_COUNTERS_H

#include "sts/clock.h"
#include "sts/log.h"
#include "sts/store.h"
#include "sts/tally.h"

struct sts_counters;

struct sts_counters_config {
	size_t domains_max; /* of one day: 100000 */
	size_t hot_max;     /* tallies kept in memory as well: 1000; those
			     * that are being written may be 8 times more */
	int64_t keep;       /* seconds after its day that a row lives: 5 days */
};

struct sts_counters_stats {
	uint64_t results, failures; /* counted, and committed */
	uint64_t dropped;           /* for a bound, or as the store failed */
	uint64_t domains;           /* of today */
};

void sts_counters_defaults(struct sts_counters_config *config);
/* NULL: no memory. */
struct sts_counters *
sts_counters_new(struct sts_store store, struct sts_clock clock,
    const struct sts_log *log, const struct sts_counters_config *config);
/* What waits is told STS_ETEMP. Before the store is closed, and not from a
 * callback of the counters; all else may be called from there. */
void sts_counters_free(struct sts_counters *counters);

/*
 * Count a result under the UTC day that it is. cb (may be NULL), possibly
 * inside the call: STS_OK: the store has committed it, kill -9 does not lose
 * it; STS_ELIMIT: dropped, and counted as that; STS_EINVAL: no such domain;
 * else it may be lost, and counts as dropped. Results of a domain that come
 * while its row is being written share the next write.
 */
void sts_counters_add(struct sts_counters *counters,
    const struct sts_tls_result *result, sts_store_done_cb *cb, void *arg);

/* What was counted of a domain in a day. tally is NULL unless STS_OK;
 * STS_ENOENT: nothing; STS_ESYNTAX, STS_EINVAL: its row cannot be read, as the
 * log says. It lives until the callback returns. */
typedef void
sts_tally_cb(void *arg, enum sts_err err, const struct sts_tally *tally);
void sts_counters_get(struct sts_counters *counters, int64_t day,
    const char *domain, sts_tally_cb *cb, void *arg);
/* The domains of a day after one ("" from the start), in order; each may be
 * called limit times. done: STS_OK. */
typedef void sts_counters_each_cb(void *arg, const char *domain);
void sts_counters_list(struct sts_counters *counters, int64_t day,
    const char *after, size_t limit, sts_counters_each_cb *each,
    sts_store_done_cb *done, void *arg);
/* To be told when what was counted of a domain in a day is committed; NULL: no
 * more. One listener; it must not count. */
typedef void
sts_counters_changed_cb(void *arg, int64_t day, const char *domain);
void sts_counters_watch(
    struct sts_counters *counters, sts_counters_changed_cb *cb, void *arg);
/* Done with: reported, or given up. After what is being written; done may be
 * NULL. */
void sts_counters_forget(struct sts_counters *counters, int64_t day,
    const char *domain, sts_store_done_cb *done, void *arg);

void sts_counters_stats(
    const struct sts_counters *counters, struct sts_counters_stats *out);

#endif
