/* SPDX-License-Identifier: ISC */
#ifndef STS_STORE_H
#define STS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sts/err.h"
#include "sts/str.h"

#define STS_STORE_KEY_MAX   400    /* octets, as LMDB's keys are bounded */
#define STS_STORE_VALUE_MAX 262144 /* octets */

enum sts_bucket { STS_BUCKET_POLICY, STS_BUCKET_REPORT, STS_BUCKETS };

/* Three answers; a failure is never a miss. */
enum sts_store_status { STS_STORE_FOUND, STS_STORE_MISS, STS_STORE_FAILED };

struct sts_store_item {
	struct sts_str key;
	struct sts_str value;
	int64_t expiry; /* wall seconds; from then on it is a miss */
	/*
	 * For a store of two levels (shared.h), else unused. Put: when it was
	 * fetched and last found unchanged, wall seconds, by which copies are
	 * compared; fetched 0: for this host alone; ends: the second level's
	 * expiry. Got: is it a peer's word?
	 */
	int64_t fetched, checked, ends;
	bool foreign;
};

/* The item is set on FOUND and lives until the callback returns. */
typedef void sts_store_get_cb(
    void *arg, enum sts_store_status status, const struct sts_store_item *item);
/* STS_OK: committed, survives kill -9 and power loss. Else kept or not. */
typedef void sts_store_done_cb(void *arg, enum sts_err err);
/* Return 0 to go on, else to stop. */
typedef int sts_store_each_cb(void *arg, const struct sts_store_item *item);

/*
 * Every callback comes exactly once, possibly inside the call, by the deadline
 * (mono, milliseconds) at the latest. A put is seen by every get after it,
 * committed or not; keys and values are copied. cb may be NULL on put and del.
 */
struct sts_store_ops {
	void (*get)(void *ctx, enum sts_bucket bucket, struct sts_str key,
	    int64_t deadline, sts_store_get_cb *cb, void *arg);
	void (*put)(void *ctx, enum sts_bucket bucket,
	    const struct sts_store_item *item, int64_t deadline,
	    sts_store_done_cb *cb, void *arg);
	/* Deleting what is not there is STS_OK. */
	void (*del)(void *ctx, enum sts_bucket bucket, struct sts_str key,
	    int64_t deadline, sts_store_done_cb *cb, void *arg);
	/*
	 * Show at most limit live items with keys above after ("" for all), in
	 * the order of their octets. done gets STS_OK also when stopped early.
	 * each must not write to the store.
	 */
	void (*walk)(void *ctx, enum sts_bucket bucket, struct sts_str after,
	    size_t limit, int64_t deadline, sts_store_each_cb *each,
	    sts_store_done_cb *done, void *arg);
	/* "ok", or what is wrong, such as "memory only: disk full". */
	const char *(*state)(void *ctx);
	/* Commit what is queued, call what is owed, free. */
	void (*close)(void *ctx);
};

struct sts_store {
	const struct sts_store_ops *ops;
	void *ctx;
};

#endif
