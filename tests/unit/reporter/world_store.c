/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "world_late.h"

static void
store_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct world *w = ctx;

	if (w->slow > 0) {
		late_get(w, key, cb, arg);
		return;
	}
	w->f.store.ops->get(w->f.store.ctx, bucket, key, deadline, cb, arg);
}

static void
store_put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct world *w = ctx;
	bool row = item->key.n > 5 && memcmp(item->key.p, "sent/", 5) == 0;

	if (row && w->puts_fail) {
		cb(arg, STS_ETEMP);
	} else if (row && w->hold_puts) {
		assert_true(w->n_held < HELD);
		w->held[w->n_held++] = (struct held_put){cb, arg};
	} else if (w->slow > 0) {
		late_put(w, item, cb, arg);
	} else {
		w->f.store.ops->put(
		    w->f.store.ctx, bucket, item, deadline, cb, arg);
	}
}

static void
store_del(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct world *w = ctx;

	if (w->slow > 0) {
		late_del(w, key, cb, arg);
		return;
	}
	w->f.store.ops->del(w->f.store.ctx, bucket, key, deadline, cb, arg);
}

static void
store_walk(void *ctx, enum sts_bucket bucket, struct sts_str after,
    size_t limit, int64_t deadline, sts_store_each_cb *each,
    sts_store_done_cb *done, void *arg)
{
	struct world *w = ctx;

	if (w->slow > 0) {
		late_walk(w, after, limit, each, done, arg);
		return;
	}
	w->f.store.ops->walk(
	    w->f.store.ctx, bucket, after, limit, deadline, each, done, arg);
}

const struct sts_store_ops world_store_ops = {
    .get = store_get, .put = store_put, .del = store_del, .walk = store_walk};
