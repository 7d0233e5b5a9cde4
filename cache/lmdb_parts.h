/* SPDX-License-Identifier: ISC */
#ifndef STS_CACHE_LMDB_PARTS_H
#define STS_CACHE_LMDB_PARTS_H

/* Included by lmdb.h: what its parts give to each other. */

/* lmdb_check.c: may LMDB map this file, which trusts every octet of it? */
enum sts_check {
	STS_CHECK_GOOD,
	STS_CHECK_NEW, /* no file, or an empty one */
	STS_CHECK_BAD,
	STS_CHECK_LATER, /* a format of LMDB that we do not know */
	STS_CHECK_ERROR  /* could not look; errno says why */
};
/* *why: static text for all but GOOD and NEW. */
enum sts_check sts_lmdb_check(const char *path, const char **why);

/* lmdb_file.c: names, the lock and renaming; errno's values, 0: done. */
#define STS_LMDB_NAME "stsgate.mdb"
int sts_lmdb_dir(const char *dir, int *lock_fd); /* EWOULDBLOCK: in use */
char *sts_lmdb_path(const char *dir, const char *name); /* malloc; NULL */
int sts_lmdb_sync_dir(const char *dir);
/* Rename the file to NAME.bad-<time>; the name is left in to. */
int sts_lmdb_put_aside(const char *dir, int64_t time, char *to, size_t to_size);

/* lmdb_open.c */
enum sts_opened {
	STS_OPENED,
	STS_OPENED_READ_ONLY,
	STS_OPEN_BAD,   /* not a store of ours, or corrupt */
	STS_OPEN_LATER, /* of a later version: hands off */
	STS_OPEN_ERROR
};
/* why gets a text for all but OPENED. The file must have been checked. */
enum sts_opened sts_lmdb_open(
    struct sts_lmdb_file *file, const char *path, char *why, size_t why_size);
void sts_lmdb_shut(struct sts_lmdb_file *file);
int sts_lmdb_touch(struct sts_lmdb_file *file); /* commit, with no change */
bool sts_lmdb_is_corrupt(int rc);
bool sts_lmdb_is_full(int rc);
/* "disk full" and so on, for LMDB's and errno's values. */
const char *sts_lmdb_strerror(const char *dir, int rc);

/* lmdb_row.c: a value as it stands in the file, under a checksum. */
#define STS_ROW_HEAD 16
#define STS_ROW_MAX  (STS_ROW_HEAD + STS_STORE_VALUE_MAX)
MDB_val sts_row_key(struct sts_str key); /* the same octets */
void sts_row_encode(const struct sts_record *record, void *row);
/* False: damaged. The item points into the map. */
bool sts_row_decode(
    const MDB_val *key, const MDB_val *row, struct sts_store_item *item);

/* lmdb_read.c */
void sts_lmdb_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg);
void sts_lmdb_walk(void *ctx, enum sts_bucket bucket, struct sts_str after,
    size_t limit, int64_t deadline, sts_store_each_cb *each,
    sts_store_done_cb *done, void *arg);

/* lmdb_queue.c: the loop's side of writing */
void sts_lmdb_put(void *ctx, enum sts_bucket bucket,
    const struct sts_store_item *item, int64_t deadline, sts_store_done_cb *cb,
    void *arg);
void sts_lmdb_del(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_done_cb *cb, void *arg);
/* Work that nobody waits for; false: no memory. */
bool sts_lmdb_chore(struct sts_lmdb *store, enum sts_op_kind kind,
    enum sts_bucket bucket, struct sts_record *record);
void sts_lmdb_take_back(struct sts_lmdb *store); /* and call what is owed */

/* lmdb_write.c: a thread, started when there is work, ends without */
void sts_lmdb_enqueue(struct sts_lmdb *store, struct sts_op *op);
void sts_lmdb_stop_writer(struct sts_lmdb *store);
void sts_ops_init(struct sts_ops *ops);
void sts_ops_add(struct sts_ops *ops, struct sts_op *op);
struct sts_op *sts_ops_take(struct sts_ops *ops); /* all of them */

/* lmdb_sweep.c: by the writer, alone in its turn */
int sts_lmdb_do_chore(struct sts_lmdb *store, const struct sts_op *op);

/* lmdb_fault.c: what to do when the file fails, and when it is back */
void sts_lmdb_up(struct sts_lmdb *store); /* open, or run from memory */
void sts_lmdb_fail(struct sts_lmdb *store, int rc);
void sts_lmdb_again(struct sts_lmdb *store);  /* one try now */
void sts_lmdb_settle(struct sts_lmdb *store); /* the writer is idle */
void sts_lmdb_expect_retry(struct sts_lmdb *store);
void sts_lmdb_expect_sweep(struct sts_lmdb *store);
bool sts_lmdb_steady(const struct sts_lmdb *store);

#endif
