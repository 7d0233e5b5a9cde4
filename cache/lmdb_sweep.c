/* SPDX-License-Identifier: ISC */
/*
 * Rows that must go: expired, or damaged. They are found in a read
 * transaction and taken out in a write transaction after it, which is not
 * begun when there are none; nobody writes in between.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb.h"

#define SWEEP_ROWS 256
#define ROOM_STEPS 256 /* so many rows each, to make room */
/* Kept past expiry; by a clock that may be wrong nothing is deleted at all. */
#define SWEEP_GRACE 86400

struct victim {
	struct victim *next;
	bool damaged;
	size_t key_n, row_n; /* of a damaged row, the row follows the key */
	char bytes[];
};

/* Of a row whose size cannot be true only the key is kept. */
static int
condemn(
    const MDB_val *key, const MDB_val *row, bool damaged, struct victim **list)
{
	struct victim *victim;
	size_t n = 0;

	if (key->mv_size == 0 || key->mv_size > STS_STORE_KEY_MAX)
		return MDB_CORRUPTED;
	if (damaged && row->mv_size <= STS_ROW_MAX)
		n = row->mv_size;
	victim = malloc(sizeof(*victim) + key->mv_size + n);
	if (victim == NULL)
		return ENOMEM;
	victim->damaged = damaged;
	victim->key_n = key->mv_size;
	victim->row_n = n;
	memcpy(victim->bytes, key->mv_data, key->mv_size);
	if (n > 0)
		memcpy(victim->bytes + key->mv_size, row->mv_data, n);
	victim->next = *list;
	*list = victim;
	return 0;
}

static int
judge(const struct sts_op *op, const MDB_val *key, const MDB_val *row,
    struct victim **list)
{
	struct sts_store_item item;

	if (!sts_row_decode(key, row, &item))
		return condemn(key, row, true, list);
	if (op->kind != STS_OP_ASIDE && item.expiry <= op->now - SWEEP_GRACE)
		return condemn(key, row, false, list);
	return 0;
}

static int
judge_key(struct sts_lmdb *store, MDB_txn *txn, const struct sts_op *op,
    struct victim **list)
{
	MDB_val key = sts_row_key(op->record->key), row;
	int rc = mdb_get(txn, store->file.bucket[op->bucket], &key, &row);

	return rc != 0 ? rc : judge(op, &key, &row, list);
}

/* The first row above those of the last time. */
static int
resume(struct sts_lmdb *store, MDB_cursor *cursor, enum sts_bucket bucket,
    MDB_val *key, MDB_val *row)
{
	size_t n = store->swept_n[bucket];
	int rc;

	*key = (MDB_val){n, store->swept[bucket]};
	rc =
	    mdb_cursor_get(cursor, key, row, n > 0 ? MDB_SET_RANGE : MDB_FIRST);
	if (rc == 0 && n > 0 && key->mv_size == n &&
	    memcmp(key->mv_data, store->swept[bucket], n) == 0)
		rc = mdb_cursor_get(cursor, key, row, MDB_NEXT);
	return rc;
}

/* Some rows; MDB_NOTFOUND at the end of all, where it begins anew. */
static int
judge_some(struct sts_lmdb *store, MDB_txn *txn, const struct sts_op *op,
    struct victim **list)
{
	size_t *n = &store->swept_n[op->bucket];
	MDB_cursor *cursor;
	MDB_val key, row;
	int i, rc;

	rc = mdb_cursor_open(txn, store->file.bucket[op->bucket], &cursor);
	if (rc != 0)
		return rc;
	rc = resume(store, cursor, op->bucket, &key, &row);
	for (i = 0; rc == 0 && i < SWEEP_ROWS; i++) {
		rc = judge(op, &key, &row, list);
		if (rc != 0)
			break;
		*n = key.mv_size <= STS_STORE_KEY_MAX ? key.mv_size : 0;
		memcpy(store->swept[op->bucket], key.mv_data, *n);
		rc = mdb_cursor_get(cursor, &key, &row, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (rc == MDB_NOTFOUND)
		*n = 0;
	return rc;
}

static int
take_out(struct sts_lmdb *store, MDB_txn *txn, enum sts_bucket bucket,
    struct victim *victim)
{
	char name[1 + STS_STORE_KEY_MAX];
	MDB_val to = {1 + victim->key_n, name};
	MDB_val key = {victim->key_n, victim->bytes};
	MDB_val row = {victim->row_n, victim->bytes + victim->key_n};
	int rc = 0;

	if (victim->damaged) {
		name[0] = (char)('0' + bucket);
		memcpy(name + 1, victim->bytes, victim->key_n);
		rc = mdb_put(txn, store->file.aside, &to, &row, 0);
	}
	return rc != 0 ? rc
		       : mdb_del(txn, store->file.bucket[bucket], &key, NULL);
}

/* So many of them, at most; *list is what is left then. */
static int
take_some_out(struct sts_lmdb *store, enum sts_bucket bucket, size_t n,
    struct victim **list)
{
	struct victim *victim = *list;
	MDB_txn *txn;
	int rc = mdb_txn_begin(store->file.env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	for (; victim != NULL && n > 0 && rc == 0; n--) {
		rc = take_out(store, txn, bucket, victim);
		victim = victim->next;
	}
	if (rc != 0)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (rc == 0)
		*list = victim;
	return rc;
}

/* To delete takes room, too, so where there is little: one, then two, four. */
static int
take_all_out(
    struct sts_lmdb *store, enum sts_bucket bucket, struct victim *list)
{
	size_t n = SWEEP_ROWS;
	int rc = 0;

	while (rc == 0 && list != NULL) {
		rc = take_some_out(store, bucket, n, &list);
		n = rc == 0 ? 2 * n : n;
		if (rc == MDB_MAP_FULL && n > 1) {
			n = 1;
			rc = 0;
		}
	}
	return rc;
}

static int
step(struct sts_lmdb *store, const struct sts_op *op)
{
	struct victim *next, *list = NULL;
	MDB_txn *txn;
	int rc = mdb_txn_begin(store->file.env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return rc;
	rc = op->kind == STS_OP_ASIDE ? judge_key(store, txn, op, &list)
				      : judge_some(store, txn, op, &list);
	mdb_txn_abort(txn);
	if (rc == MDB_NOTFOUND)
		rc = 0;
	if (rc == 0 && list != NULL)
		rc = take_all_out(store, op->bucket, list);
	for (; list != NULL; list = next) {
		next = list->next;
		free(list);
	}
	return rc;
}

/* Is there enough then? What is put next tells. */
static int
make_room(struct sts_lmdb *store, const struct sts_op *op)
{
	int i = 0, rc;

	do
		rc = step(store, op);
	while (rc == 0 && store->swept_n[op->bucket] > 0 && ++i < ROOM_STEPS);
	/* What a commit has freed is not for the next one, but for that after.
	 */
	if (rc == 0)
		rc = sts_lmdb_touch(&store->file);
	return sts_lmdb_is_full(rc) ? 0 : rc;
}

int
sts_lmdb_do_chore(struct sts_lmdb *store, const struct sts_op *op)
{
	return op->kind == STS_OP_ROOM ? make_room(store, op) : step(store, op);
}
