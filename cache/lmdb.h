/* SPDX-License-Identifier: ISC */
#ifndef STS_CACHE_LMDB_H
#define STS_CACHE_LMDB_H

#include <lmdb.h>
#include <pthread.h>

#include "record.h"
#include "sts/cache.h"

#define STS_LMDB_TEXT 160

struct event;

/* The open file. Changed by the loop, only while the writer is idle. */
struct sts_lmdb_file {
	MDB_env *env; /* NULL: not open */
	MDB_dbi bucket[STS_BUCKETS];
	MDB_dbi aside; /* rows that cannot be read any more */
	bool read_only;
};

enum sts_op_kind {
	STS_OP_SET,   /* commit the record: a put, or a del if it is gone */
	STS_OP_ASIDE, /* move the key's row aside if it cannot be read */
	STS_OP_SWEEP, /* look at some rows: expired, unreadable? */
	STS_OP_ROOM   /* at many, as there is no room */
};

/* One piece of work for the writer, who only sets rc and next. */
struct sts_op {
	enum sts_op_kind kind;
	enum sts_bucket bucket;
	struct sts_record *record; /* of SWEEP and ROOM: NULL */
	int64_t now;               /* for these: wall; 0: not to be believed */
	int rc;                    /* LMDB's or errno's; 0: committed */
	struct sts_lmdb *store;
	struct sts_op *next;
	/* Of the loop alone. */
	sts_store_done_cb *cb; /* NULL: nobody waits (any more) */
	void *arg;
	struct sts_timer *timer; /* the deadline of cb */
};

struct sts_ops {
	struct sts_op *first, **last;
};

enum sts_lmdb_mode {
	STS_LMDB_UP,
	STS_LMDB_DOWN,    /* puts stay in memory, a retry is due */
	STS_LMDB_RETRYING /* what was kept in memory is queued again */
};

struct sts_lmdb {
	struct sts_clock clock;
	const struct sts_log *log;
	char *dir;
	struct sts_lmdb_file file;
	MDB_txn *read;
	enum sts_lmdb_mode mode;
	unsigned depth; /* reads inside callbacks of reads */

	/* What is not known to be committed; hides what the file holds. */
	struct sts_records pins;
	size_t inflight;    /* with the writer, or not taken back */
	bool reopen;        /* the environment cannot be used further */
	bool condemned;     /* LMDB itself found the file corrupt */
	bool known;         /* this file was open once: it may hold the key */
	bool retry_due;     /* as soon as the writer is idle */
	bool full, closing; /* full: no room for what was put */
	char state[STS_LMDB_TEXT];
	int64_t backoff; /* milliseconds */
	struct sts_timer *retry, *sweep;
	int64_t swept_wall, swept_mono, steady_since; /* see compare_clocks() */
	char swept[STS_BUCKETS][STS_STORE_KEY_MAX];   /* of the writer alone */
	size_t swept_n[STS_BUCKETS];
	bool started; /* the writer, and it was not joined yet */
	pthread_t writer;
	struct event *wakeup;
	int wakeup_fd, lock_fd; /* lock_fd: keeps others out; -1: not ours */
	pthread_mutex_t lock;   /* guards what follows */
	pthread_cond_t more, less;
	struct sts_ops queue, done;
	bool stop, writing; /* writing: the thread takes what is queued */
};

#include "lmdb_parts.h"

#endif
