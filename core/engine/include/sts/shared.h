/* SPDX-License-Identifier: ISC */
#ifndef STS_SHARED_H
#define STS_SHARED_H

#include "sts/shared_stats.h"
#include "sts/store.h"

enum sts_lease_status {
	STS_LEASE_MINE, /* until released, or its life ends */
	STS_LEASE_HELD, /* another host is at it */
	STS_LEASE_NONE  /* nobody keeps leases now: go on alone */
};

typedef void sts_lease_cb(void *arg, enum sts_lease_status status);
/* Another host has put a newer item under the key; which lives till then. */
typedef void sts_changed_cb(void *arg, struct sts_str key);

/* A part of what hosts have put under a key. */
typedef void
sts_part_cb(void *arg, struct sts_str part, const struct sts_store_item *item);

#define STS_SHARED_PART   128      /* octets of a part's name */
#define STS_SHARED_CLOSED "closed" /* the part that ends the others */

/* A key that is looked up for all, by whom as he calls himself (remote text),
 * and for how long at most, ms. */
typedef void sts_shared_lease_cb(
    void *arg, struct sts_str key, struct sts_str holder, int64_t left);

/*
 * What the hosts of a cluster share: a second level behind each one's own
 * store, never the only copy. It may be away at any time; then get says
 * FAILED and lease NONE at once, and what is put is dropped. Callbacks come
 * exactly once, possibly inside the call, by the deadline (mono ms) at the
 * latest. Keys and values are copied.
 */
struct sts_shared_ops {
	/*
	 * FOUND: signed by one who has the cluster's secret, for this key, with
	 * fetched and checked set, not later than STS_SHARED_AHEAD from now.
	 * All else is a miss: an item that is not so is told to the log.
	 */
	void (*get)(void *ctx, enum sts_bucket bucket, struct sts_str key,
	    int64_t deadline, sts_store_get_cb *cb, void *arg);
	/* Kept unless there is one with a later fetched, or the same and a
	 * later checked. Others are told of a fetch, not of a check. */
	void (*put)(void *ctx, enum sts_bucket bucket,
	    const struct sts_store_item *item);
	void (*del)(void *ctx, enum sts_bucket bucket, struct sts_str key);
	/*
	 * Under one key (of reports) each host has a part by its name, put and
	 * trusted as items are. Once there is STS_SHARED_CLOSED only that one
	 * changes. What is put is seen by what is asked after it.
	 */
	void (*put_part)(
	    void *ctx, struct sts_str part, const struct sts_store_item *item);
	/* In the order of names. done: STS_ETEMP: nobody answered, so some may
	 * be missing; STS_ELIMIT: there are more, and none was shown. */
	void (*parts)(void *ctx, struct sts_str key, size_t limit,
	    int64_t deadline, sts_part_cb *each, sts_store_done_cb *done,
	    void *arg);
	/* Who looks the key up for all; life in ms. It delays, never decides.
	 */
	void (*lease)(void *ctx, struct sts_str key, int64_t life,
	    int64_t deadline, sts_lease_cb *cb, void *arg);
	/* Give back what is ours, if it is still; after a put: behind it. */
	void (*release)(void *ctx, struct sts_str key);
	/* To be told of others' puts; NULL: no more. One listener. */
	void (*watch)(void *ctx, sts_changed_cb *cb, void *arg);
	/* "ok", or what is wrong: "local only: connection refused". */
	const char *(*state)(void *ctx);
	/* For people: what has been done, and at most limit of the leases that
	 * are held now. done: STS_ETEMP: nobody answered. */
	void (*stats)(void *ctx, struct sts_shared_stats *out);
	void (*leases)(void *ctx, size_t limit, int64_t deadline,
	    sts_shared_lease_cb *each, sts_store_done_cb *done, void *arg);
};

struct sts_shared {
	const struct sts_shared_ops *ops; /* NULL: this host is alone */
	void *ctx;
};

#define STS_SHARED_AHEAD 300 /* seconds that clocks may differ (THR-9) */

#endif
