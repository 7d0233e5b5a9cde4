/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "lmdb.h"

#define BATCH_OPS   512
#define BATCH_BYTES ((size_t)4 * 1024 * 1024)

void
sts_ops_init(struct sts_ops *ops)
{
	ops->first = NULL;
	ops->last = &ops->first;
}

void
sts_ops_add(struct sts_ops *ops, struct sts_op *op)
{
	op->next = NULL;
	*ops->last = op;
	ops->last = &op->next;
}

struct sts_op *
sts_ops_take(struct sts_ops *ops)
{
	struct sts_op *first = ops->first;

	sts_ops_init(ops);
	return first;
}

static MDB_val
val(struct sts_str s)
{
	return (MDB_val){s.n, (void *)(uintptr_t)s.p};
}

static int
set(MDB_txn *txn, MDB_dbi dbi, const struct sts_record *record)
{
	MDB_val key = val(record->key), row;
	int rc;

	if (record->gone) {
		rc = mdb_del(txn, dbi, &key, NULL);
		return rc == MDB_NOTFOUND ? 0 : rc;
	}
	row.mv_size = STS_ROW_HEAD + record->value.n;
	row.mv_data = NULL;
	rc = mdb_put(txn, dbi, &key, &row, MDB_RESERVE);
	if (rc == 0)
		sts_row_encode(record, row.mv_data);
	return rc;
}

/* All of the batch, or nothing; on the disk when this returns 0. */
static int
commit(struct sts_lmdb *store, const struct sts_op *batch)
{
	const struct sts_op *op;
	MDB_txn *txn;
	int rc = mdb_txn_begin(store->file.env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	for (op = batch; op != NULL && rc == 0; op = op->next)
		rc = set(txn, store->file.bucket[op->bucket], op->record);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	return mdb_txn_commit(txn);
}

/* Cut the first batch off the queue, or one chore; the lock is held. */
static struct sts_op *
next_batch(struct sts_ops *queue)
{
	struct sts_op *op, *first = queue->first;
	size_t n = 1, bytes = 0;

	for (op = first; op->next != NULL; op = op->next) {
		if (op->kind != STS_OP_SET || op->next->kind != STS_OP_SET)
			break;
		bytes += op->record->value.n;
		if (n++ >= BATCH_OPS || bytes >= BATCH_BYTES)
			break;
	}
	queue->first = op->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	op->next = NULL;
	return first;
}

static void
give_back(struct sts_lmdb *store, struct sts_op *batch, int rc)
{
	struct sts_op *op, *next;
	uint64_t one = 1;
	ssize_t written;

	for (op = batch; op != NULL; op = next) {
		next = op->next;
		op->rc = rc;
		sts_ops_add(&store->done, op);
	}
	/* Full, it wakes the loop all the same. */
	written = write(store->wakeup_fd, &one, sizeof(one));
	(void)written;
	pthread_cond_signal(&store->less);
}

void *
sts_lmdb_writer(void *arg)
{
	struct sts_lmdb *store = arg;
	struct sts_op *batch;
	int rc;

	pthread_mutex_lock(&store->lock);
	for (;;) {
		while (store->queue.first == NULL && !store->stop)
			pthread_cond_wait(&store->more, &store->lock);
		if (store->queue.first == NULL)
			break;
		batch = next_batch(&store->queue);
		pthread_mutex_unlock(&store->lock);
		rc = batch->kind == STS_OP_SET
			 ? commit(store, batch)
			 : sts_lmdb_do_chore(store, batch);
		pthread_mutex_lock(&store->lock);
		give_back(store, batch, rc);
	}
	pthread_mutex_unlock(&store->lock);
	return NULL;
}
