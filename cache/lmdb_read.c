/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "lmdb.h"

#define CLOCK_ROWS 256 /* the clock is read once in so many rows */

/*
 * One snapshot serves a read and the reads inside its callback: what was
 * committed since is unpinned by an event of the loop only, never in here.
 */
static int
begin(struct sts_lmdb *store)
{
	int rc = 0;

	if (store->depth == 0) {
		if (store->read == NULL)
			rc = mdb_txn_begin(
			    store->file.env, NULL, MDB_RDONLY, &store->read);
		else
			rc = mdb_txn_renew(store->read);
	}
	if (rc == 0)
		store->depth++;
	return rc;
}

static void
end(struct sts_lmdb *store)
{
	if (--store->depth == 0)
		mdb_txn_reset(store->read);
}

static int64_t
wall(const struct sts_lmdb *store)
{
	return store->clock.ops->wall(store->clock.ctx);
}

/* Some rc of a read that is neither success nor "not there". */
static void
failed(struct sts_lmdb *store, int rc)
{
	sts_log(store->log, STS_LOG_ERROR, "store-read-failed", "error=\"%s\"",
	    mdb_strerror(rc));
	if (rc == MDB_PANIC || sts_lmdb_is_corrupt(rc))
		sts_lmdb_fail(store, rc);
}

static void
bad_row(struct sts_lmdb *store, enum sts_bucket bucket, const MDB_val *key)
{
	struct sts_store_item item = {
	    .key = {key->mv_data, key->mv_size}, .value = {"", 0}};
	struct sts_record *record;
	char name[128];

	sts_log(store->log, STS_LOG_ERROR, "store-row-damaged",
	    "bucket=%d key=\"%s\"", (int)bucket,
	    sts_str_escape(item.key, name, sizeof(name)));
	if (store->mode == STS_LMDB_DOWN || store->closing ||
	    !sts_key_valid(bucket, item.key))
		return;
	record = sts_record_new(&item, true);
	if (record != NULL)
		sts_lmdb_chore(store, STS_OP_ASIDE, bucket, record);
	sts_record_drop(record);
}

/* The item points into the file, as long as the read goes on. */
static enum sts_store_status
look_up(struct sts_lmdb *store, enum sts_bucket bucket, struct sts_str name,
    struct sts_store_item *item)
{
	MDB_val row, key = sts_row_key(name);
	int rc = mdb_get(store->read, store->file.bucket[bucket], &key, &row);

	if (rc == MDB_NOTFOUND)
		return STS_STORE_MISS;
	if (rc != 0) {
		failed(store, rc);
		return STS_STORE_FAILED;
	}
	if (!sts_row_decode(&key, &row, item)) {
		bad_row(store, bucket, &key);
		return STS_STORE_FAILED;
	}
	return item->expiry > wall(store) ? STS_STORE_FOUND : STS_STORE_MISS;
}

static void
get_row(struct sts_lmdb *store, enum sts_bucket bucket, struct sts_str name,
    sts_store_get_cb *cb, void *arg)
{
	struct sts_store_item item;
	enum sts_store_status status;
	int rc = begin(store);

	if (rc != 0) {
		failed(store, rc);
		cb(arg, STS_STORE_FAILED, NULL);
		return;
	}
	status = look_up(store, bucket, name, &item);
	cb(arg, status, status == STS_STORE_FOUND ? &item : NULL);
	end(store);
}

static void
get_pin(struct sts_lmdb *store, struct sts_record *record, sts_store_get_cb *cb,
    void *arg)
{
	struct sts_store_item item = sts_record_item(record);

	if (!sts_record_live(record, wall(store))) {
		cb(arg, STS_STORE_MISS, NULL);
		return;
	}
	/* The callback may put the same key. */
	sts_record_keep(record);
	cb(arg, STS_STORE_FOUND, &item);
	sts_record_drop(record);
}

void
sts_lmdb_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct sts_lmdb *store = ctx;
	struct sts_record *record;

	(void)deadline;
	if (!sts_key_valid(bucket, key)) {
		cb(arg, STS_STORE_MISS, NULL); /* no put takes it */
		return;
	}
	record = sts_table_get(store->pins.table[bucket], key);
	if (record != NULL)
		get_pin(store, record, cb, arg);
	else if (store->file.env != NULL)
		get_row(store, bucket, key, cb, arg);
	else
		cb(arg, store->known ? STS_STORE_FAILED : STS_STORE_MISS, NULL);
}

/* A walk over two orders at once: what is pinned, and the file. */
struct walk {
	struct sts_lmdb *store;
	enum sts_bucket bucket;
	struct sts_record *pin; /* the next of each; NULL or rc: no more */
	MDB_cursor *cursor;
	MDB_val key, row;
	int rc;
	int64_t now;
	sts_store_each_cb *each;
	void *arg;
	size_t left; /* of the limit */
	bool damaged;
};

static void
row_next(struct walk *walk)
{
	walk->rc =
	    mdb_cursor_get(walk->cursor, &walk->key, &walk->row, MDB_NEXT);
}

static void
row_first(struct walk *walk, struct sts_str after)
{
	/* No key is longer, so none lies between this and the whole. */
	if (after.n > STS_STORE_KEY_MAX + 1)
		after.n = STS_STORE_KEY_MAX + 1;
	walk->key = sts_row_key(after);
	walk->rc = mdb_cursor_get(walk->cursor, &walk->key, &walk->row,
	    after.n > 0 ? MDB_SET_RANGE : MDB_FIRST);
	if (walk->rc == 0 && walk->key.mv_size == after.n &&
	    memcmp(walk->key.mv_data, after.p, after.n) == 0)
		row_next(walk);
}

static void
pin_next(struct walk *walk, struct sts_str after)
{
	walk->pin =
	    sts_table_above(walk->store->pins.table[walk->bucket], after);
}

/* Which is first? Below 0 the pin, above 0 the row; 0: the pin hides it. */
static int
first_of(const struct walk *walk)
{
	struct sts_str key = {walk->key.mv_data, walk->key.mv_size};

	if (walk->pin == NULL || walk->rc != 0)
		return walk->pin == NULL ? 1 : -1;
	return sts_table_compare(walk->pin->key, key);
}

static int
show(struct walk *walk, const struct sts_store_item *item)
{
	if (item->expiry <= walk->now)
		return 0;
	walk->left--;
	return walk->each(walk->arg, item);
}

static int
step(struct walk *walk)
{
	struct sts_record *pin = walk->pin;
	struct sts_store_item item;
	int stop = 0, first = first_of(walk);

	if (first > 0) {
		if (sts_row_decode(&walk->key, &walk->row, &item)) {
			stop = show(walk, &item);
		} else {
			walk->damaged = true;
			bad_row(walk->store, walk->bucket, &walk->key);
		}
		row_next(walk);
		return stop;
	}
	item = sts_record_item(pin);
	if (!pin->gone)
		stop = show(walk, &item);
	pin_next(walk, pin->key);
	if (first == 0)
		row_next(walk);
	return stop;
}

static enum sts_err
steps(struct walk *walk, int64_t deadline)
{
	const struct sts_clock *clock = &walk->store->clock;
	size_t n = 0;
	int stop = 0;

	while (
	    !stop && walk->left > 0 && (walk->pin != NULL || walk->rc == 0)) {
		if (++n % CLOCK_ROWS == 0 &&
		    clock->ops->mono(clock->ctx) >= deadline)
			return STS_ETEMP;
		stop = step(walk);
	}
	if (walk->rc != 0 && walk->rc != MDB_NOTFOUND) {
		failed(walk->store, walk->rc);
		return STS_ETEMP;
	}
	return walk->damaged ? STS_ETEMP : STS_OK;
}

void
sts_lmdb_walk(void *ctx, enum sts_bucket bucket, struct sts_str after,
    size_t limit, int64_t deadline, sts_store_each_cb *each,
    sts_store_done_cb *done, void *arg)
{
	struct sts_lmdb *store = ctx;
	struct walk walk = {.store = store,
	    .bucket = bucket,
	    .each = each,
	    .arg = arg,
	    .left = limit,
	    .now = wall(store),
	    .rc = MDB_NOTFOUND};
	enum sts_err err;
	int rc;

	if ((unsigned)bucket >= STS_BUCKETS) {
		done(arg, STS_EINVAL);
		return;
	}
	pin_next(&walk, after);
	if (store->file.env == NULL) {
		err = steps(&walk, deadline);
		done(arg, err == STS_OK && store->known ? STS_ETEMP : err);
		return;
	}
	rc = begin(store);
	if (rc == 0) {
		rc = mdb_cursor_open(
		    store->read, store->file.bucket[bucket], &walk.cursor);
		if (rc == 0) {
			row_first(&walk, after);
			err = steps(&walk, deadline);
			mdb_cursor_close(walk.cursor);
		}
		end(store);
	}
	if (rc != 0) {
		failed(store, rc);
		err = STS_ETEMP;
	}
	done(arg, err);
}
