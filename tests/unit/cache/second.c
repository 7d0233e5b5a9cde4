/* SPDX-License-Identifier: ISC */
#include "second.h"

static void
second_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct second *second = ctx;

	(void)key;
	assert_int_equal(bucket, STS_BUCKET_POLICY);
	second->gets++;
	second->deadline = deadline;
	cb(arg, second->status,
	    second->status == STS_STORE_FOUND ? &second->item : NULL);
}

static void
second_put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item)
{
	struct second *second = ctx;

	assert_int_equal(bucket, STS_BUCKET_POLICY);
	second->puts++;
	second->put = *item;
}

static void
second_del(void *ctx, enum sts_bucket bucket, struct sts_str key)
{
	struct second *second = ctx;

	(void)key;
	assert_int_equal(bucket, STS_BUCKET_POLICY);
	second->dels++;
}

void
put_second(struct fixture *f)
{
	static const struct sts_shared_ops ops = {
	    .get = second_get, .put = second_put, .del = second_del};
	static struct second second;

	second = (struct second){.status = STS_STORE_MISS};
	f->second = &second;
	assert_int_equal(
	    sts_cache_two(f->store, (struct sts_shared){&ops, &second},
		fixture_clock(f), SECOND_WAIT, &f->store),
	    STS_OK);
}
