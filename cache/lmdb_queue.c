/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "lmdb.h"

#define INFLIGHT_MAX 65536

static void
op_free(struct sts_op *op)
{
	struct sts_lmdb *store = op->store;

	if (op->timer != NULL)
		store->clock.ops->cancel(store->clock.ctx, op->timer);
	sts_record_drop(op->record);
	free(op);
}

/* The record may be NULL; a reference is taken. */
static struct sts_op *
op_new(struct sts_lmdb *store, enum sts_op_kind kind, enum sts_bucket bucket,
    struct sts_record *record)
{
	struct sts_op *op = calloc(1, sizeof(*op));

	if (op == NULL)
		return NULL;
	op->kind = kind;
	op->bucket = bucket;
	op->store = store;
	op->now = sts_lmdb_steady(store)
		      ? store->clock.ops->wall(store->clock.ctx)
		      : 0;
	if (record != NULL)
		op->record = sts_record_keep(record);
	return op;
}

static void
enqueue(struct sts_op *op)
{
	op->store->inflight++;
	sts_lmdb_enqueue(op->store, op);
}

bool
sts_lmdb_chore(struct sts_lmdb *store, enum sts_op_kind kind,
    enum sts_bucket bucket, struct sts_record *record)
{
	struct sts_op *op = op_new(store, kind, bucket, record);

	if (op != NULL)
		enqueue(op);
	return op != NULL;
}

static void
answer(struct sts_op *op, enum sts_err err)
{
	sts_store_done_cb *cb = op->cb;

	op->cb = NULL;
	if (cb != NULL)
		cb(op->arg, err);
}

/* It goes on to be committed, but nobody waits any more. */
static void
too_late(void *arg)
{
	struct sts_op *op = arg;

	op->timer = NULL;
	answer(op, STS_ETEMP);
}

/* An op with all that it needs, or NULL: out of memory. */
static struct sts_op *
awaited(struct sts_lmdb *store, enum sts_bucket bucket,
    struct sts_record *record, int64_t deadline, sts_store_done_cb *cb,
    void *arg)
{
	struct sts_op *op = op_new(store, STS_OP_SET, bucket, record);

	if (op == NULL || cb == NULL)
		return op;
	op->cb = cb;
	op->arg = arg;
	op->timer =
	    store->clock.ops->timer(store->clock.ctx, deadline, too_late, op);
	if (op->timer == NULL) {
		op_free(op);
		return NULL;
	}
	return op;
}

/* STS_OK: queued, or the answer is STS_ETEMP because nothing is. */
static enum sts_err
change(struct sts_lmdb *store, enum sts_bucket bucket,
    struct sts_record *record, int64_t deadline, sts_store_done_cb *cb,
    void *arg)
{
	struct sts_op *op;
	enum sts_err err;

	if (store->mode == STS_LMDB_DOWN) {
		sts_lmdb_expect_retry(store);
		err = sts_records_put(&store->pins, bucket, record);
		return err == STS_OK ? STS_ETEMP : err;
	}
	if (store->inflight >= INFLIGHT_MAX)
		return STS_ELIMIT;
	op = awaited(store, bucket, record, deadline, cb, arg);
	if (op == NULL)
		return STS_ENOMEM;
	err = sts_records_put(&store->pins, bucket, record);
	if (err != STS_OK)
		op_free(op);
	else
		enqueue(op);
	return err;
}

static void
change_to(struct sts_lmdb *store, enum sts_bucket bucket,
    const struct sts_store_item *item, bool gone, int64_t deadline,
    sts_store_done_cb *cb, void *arg)
{
	struct sts_record *record = NULL;
	enum sts_err err = STS_ETEMP;

	if (!store->closing) {
		record = sts_record_new(item, gone);
		err = record == NULL
			  ? STS_ENOMEM
			  : change(store, bucket, record, deadline, cb, arg);
	}
	sts_record_drop(record);
	if (err != STS_OK && cb != NULL)
		cb(arg, err);
}

void
sts_lmdb_put(void *ctx, enum sts_bucket bucket,
    const struct sts_store_item *item, int64_t deadline, sts_store_done_cb *cb,
    void *arg)
{
	if (sts_item_valid(bucket, item))
		change_to(ctx, bucket, item, false, deadline, cb, arg);
	else if (cb != NULL)
		cb(arg, STS_EINVAL);
}

void
sts_lmdb_del(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct sts_store_item item = {.key = key};

	if (sts_key_valid(bucket, key))
		change_to(ctx, bucket, &item, true, deadline, cb, arg);
	else if (cb != NULL)
		cb(arg, STS_OK); /* it cannot be there */
}

/* What is committed need not stay in memory, unless it was changed again. */
static void
unpin(struct sts_lmdb *store, const struct sts_op *op)
{
	if (op->kind == STS_OP_SET && op->rc == 0 &&
	    sts_table_get(store->pins.table[op->bucket], op->record->key) ==
		op->record)
		sts_records_del(&store->pins, op->bucket, op->record->key);
}

void
sts_lmdb_take_back(struct sts_lmdb *store)
{
	struct sts_op *op, *next, *ops;
	int rc = 0;

	pthread_mutex_lock(&store->lock);
	ops = sts_ops_take(&store->done);
	pthread_mutex_unlock(&store->lock);
	for (op = ops; op != NULL; op = op->next) {
		store->inflight--;
		unpin(store, op);
		if (rc == 0)
			rc = op->rc;
	}
	if (rc != 0)
		sts_lmdb_fail(store, rc);
	if (store->inflight == 0)
		sts_lmdb_settle(store);
	for (op = ops; op != NULL; op = next) {
		next = op->next;
		answer(op, op->rc == 0 ? STS_OK : STS_ETEMP);
		op_free(op);
	}
}
