/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "sts/cache.h"

struct two {
	struct sts_store first;
	struct sts_shared second;
	struct sts_clock clock;
	int64_t wait; /* ms */
};

/* A look into the second level, after the first. */
struct look {
	struct two *two;
	enum sts_bucket bucket;
	int64_t deadline;
	sts_store_get_cb *cb;
	void *arg;
	size_t n;
	char key[];
};

static void
on_second(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct look *look = arg;
	struct sts_store_item foreign;

	if (status == STS_STORE_FOUND) {
		foreign = *item;
		foreign.foreign = true;
		look->cb(look->arg, STS_STORE_FOUND, &foreign);
	} else {
		/* Nobody there, or nobody to ask: this host is as one alone. */
		look->cb(look->arg, STS_STORE_MISS, NULL);
	}
	free(look);
}

static void
on_first(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct look *look = arg;
	struct two *two = look->two;
	int64_t deadline = two->clock.ops->mono(two->clock.ctx) + two->wait;

	/* What could not be looked at may be there: no place for theirs. */
	if (status != STS_STORE_MISS || look->bucket != STS_BUCKET_POLICY) {
		look->cb(look->arg, status, item);
		free(look);
		return;
	}
	if (deadline > look->deadline)
		deadline = look->deadline;
	two->second.ops->get(two->second.ctx, look->bucket,
	    (struct sts_str){look->key, look->n}, deadline, on_second, look);
}

static void
get(void *ctx, enum sts_bucket bucket, struct sts_str key, int64_t deadline,
    sts_store_get_cb *cb, void *arg)
{
	struct two *two = ctx;
	struct look *look = malloc(sizeof(*look) + key.n);

	if (look == NULL) {
		cb(arg, STS_STORE_FAILED, NULL);
		return;
	}
	*look = (struct look){.two = two,
	    .bucket = bucket,
	    .deadline = deadline,
	    .cb = cb,
	    .arg = arg,
	    .n = key.n};
	memcpy(look->key, key.p, key.n);
	two->first.ops->get(
	    two->first.ctx, bucket, key, deadline, on_first, look);
}

static void
put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	const struct two *two = ctx;
	struct sts_store_item shared = *item;

	shared.expiry = item->ends;
	if (bucket == STS_BUCKET_POLICY && item->fetched != 0)
		two->second.ops->put(two->second.ctx, bucket, &shared);
	two->first.ops->put(two->first.ctx, bucket, item, deadline, cb, arg);
}

static void
del(void *ctx, enum sts_bucket bucket, struct sts_str key, int64_t deadline,
    sts_store_done_cb *cb, void *arg)
{
	const struct two *two = ctx;

	if (bucket == STS_BUCKET_POLICY)
		two->second.ops->del(two->second.ctx, bucket, key);
	two->first.ops->del(two->first.ctx, bucket, key, deadline, cb, arg);
}

static void
walk(void *ctx, enum sts_bucket bucket, struct sts_str after, size_t limit,
    int64_t deadline, sts_store_each_cb *each, sts_store_done_cb *done,
    void *arg)
{
	const struct two *two = ctx;

	two->first.ops->walk(
	    two->first.ctx, bucket, after, limit, deadline, each, done, arg);
}

static const char *
state(void *ctx)
{
	const struct two *two = ctx;

	return two->first.ops->state(two->first.ctx);
}

static void
close_two(void *ctx)
{
	struct two *two = ctx;

	two->first.ops->close(two->first.ctx);
	free(two);
}

enum sts_err
sts_cache_two(struct sts_store first, struct sts_shared second,
    struct sts_clock clock, int64_t wait, struct sts_store *out)
{
	static const struct sts_store_ops ops = {
	    get, put, del, walk, state, close_two};
	struct two *two = malloc(sizeof(*two));

	if (two == NULL)
		return STS_ENOMEM;
	*two = (struct two){
	    .first = first, .second = second, .clock = clock, .wait = wait};
	out->ops = &ops;
	out->ctx = two;
	return STS_OK;
}

void
sts_cache_two_wait(struct sts_store store, int64_t wait)
{
	((struct two *)store.ctx)->wait = wait;
}
