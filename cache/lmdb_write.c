/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "lmdb.h"

#define BATCH_OPS   512
#define BATCH_BYTES ((size_t)4 * 1024 * 1024)
/*
 * A thread without work ends: a process of one thread pays less for each
 * system call on a descriptor (a tenth of a hit), and writes are rare.
 */
#define IDLE_NS   200000000
#define SECOND_NS 1000000000

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

static int
set(MDB_txn *txn, MDB_dbi dbi, const struct sts_record *record)
{
	MDB_val key = sts_row_key(record->key), row;
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

/* Wait for work; false: there was none for a while, or all is to end. */
static bool
wait_for_work(struct sts_lmdb *store)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += IDLE_NS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	while (store->queue.first == NULL && !store->stop && rc == 0)
		rc = pthread_cond_timedwait(&store->more, &store->lock, &until);
	return store->queue.first != NULL;
}

static void *
writer(void *arg)
{
	struct sts_lmdb *store = arg;
	struct sts_op *batch;
	int rc;

	pthread_mutex_lock(&store->lock);
	while (wait_for_work(store)) {
		batch = next_batch(&store->queue);
		pthread_mutex_unlock(&store->lock);
		rc = batch->kind == STS_OP_SET
			 ? commit(store, batch)
			 : sts_lmdb_do_chore(store, batch);
		pthread_mutex_lock(&store->lock);
		give_back(store, batch, rc);
	}
	store->writing = false;
	pthread_mutex_unlock(&store->lock);
	return NULL;
}

/* The signals of the process are for the loop. */
static int
start_writer(struct sts_lmdb *store)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&store->writer, NULL, writer, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	store->started = rc == 0;
	return rc;
}

static void
join_writer(struct sts_lmdb *store)
{
	if (store->started)
		pthread_join(store->writer, NULL);
	store->started = false;
}

void
sts_lmdb_enqueue(struct sts_lmdb *store, struct sts_op *op)
{
	bool writing;
	int rc;

	pthread_mutex_lock(&store->lock);
	sts_ops_add(&store->queue, op);
	writing = store->writing;
	store->writing = true;
	if (writing)
		pthread_cond_signal(&store->more);
	pthread_mutex_unlock(&store->lock);
	if (writing)
		return;
	join_writer(store); /* it has ended, or is about to */
	rc = start_writer(store);
	if (rc == 0)
		return;
	pthread_mutex_lock(&store->lock);
	store->writing = false;
	give_back(store, sts_ops_take(&store->queue), rc);
	pthread_mutex_unlock(&store->lock);
}

void
sts_lmdb_stop_writer(struct sts_lmdb *store)
{
	pthread_mutex_lock(&store->lock);
	store->stop = true;
	pthread_cond_signal(&store->more);
	pthread_mutex_unlock(&store->lock);
	join_writer(store);
}
