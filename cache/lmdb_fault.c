/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb.h"

#define BACKOFF_MIN 1000 /* milliseconds */
#define BACKOFF_MAX 60000
#define SWEEP_EVERY 10000
#define STEADY_FOR  86400000 /* ms */
#define CLOCK_SLACK 60       /* s, from one sweep to the next */

static void retry_now(void *arg);

static struct sts_timer *
in(struct sts_lmdb *store, int64_t delay, void (*fn)(void *arg))
{
	int64_t now = store->clock.ops->mono(store->clock.ctx);

	return store->clock.ops->timer(
	    store->clock.ctx, now + delay, fn, store);
}

/* Says each new reason once. */
static void
say(struct sts_lmdb *store, const char *why)
{
	char state[STS_LMDB_TEXT];

	snprintf(state, sizeof(state), "memory only: %s", why);
	if (strcmp(state, store->state) == 0)
		return;
	memcpy(store->state, state, sizeof(state));
	sts_log(store->log, STS_LOG_ERROR, "store-down",
	    "dir=\"%s\" error=\"%s\"", store->dir, why);
}

static void
retry_in(struct sts_lmdb *store, int64_t delay)
{
	if (store->retry == NULL && !store->retry_due && !store->closing)
		store->retry = in(store, delay, retry_now);
}

void
sts_lmdb_expect_retry(struct sts_lmdb *store)
{
	retry_in(store, store->backoff);
}

static void
down(struct sts_lmdb *store, const char *why)
{
	store->mode = STS_LMDB_DOWN;
	say(store, why);
	store->backoff *= 2;
	if (store->backoff < BACKOFF_MIN)
		store->backoff = BACKOFF_MIN;
	if (store->backoff > BACKOFF_MAX)
		store->backoff = BACKOFF_MAX;
	sts_lmdb_expect_retry(store);
}

static void
up(struct sts_lmdb *store)
{
	store->mode = STS_LMDB_UP;
	store->backoff = 0;
	store->full = false;
	if (strcmp(store->state, "ok") == 0)
		return;
	snprintf(store->state, sizeof(store->state), "ok");
	sts_log(store->log, STS_LOG_INFO, "store-up", "dir=\"%s\"", store->dir);
}

static int
put_aside(struct sts_lmdb *store, const char *why)
{
	char to[64];
	int rc = sts_lmdb_put_aside(store->dir,
	    store->clock.ops->wall(store->clock.ctx), to, sizeof(to));

	if (rc == 0) {
		store->condemned = false;
		store->known = false;
		sts_log(store->log, STS_LOG_ERROR, "store-put-aside",
		    "dir=\"%s\" file=%s error=\"%s\"", store->dir, to, why);
	}
	return rc;
}

/* The file is there and sound, or there is none. */
static int
check(struct sts_lmdb *store, const char *path, char *why, size_t why_size)
{
	const char *text = "corrupt";
	enum sts_check found = STS_CHECK_BAD;

	if (!store->condemned)
		found = sts_lmdb_check(path, &text);
	switch (found) {
	case STS_CHECK_GOOD:
	case STS_CHECK_NEW:
		return 0;
	case STS_CHECK_BAD:
		return put_aside(store, text);
	case STS_CHECK_LATER:
		snprintf(why, why_size, "%s", text);
		return -1;
	case STS_CHECK_ERROR:
		break;
	}
	return errno;
}

static enum sts_opened
open_file(struct sts_lmdb *store, const char *path, char *why, size_t why_size)
{
	enum sts_opened opened;
	int rc = check(store, path, why, why_size);

	if (rc == 0) {
		opened = sts_lmdb_open(&store->file, path, why, why_size);
		if (opened != STS_OPEN_BAD)
			return opened;
		rc = put_aside(store, why);
		if (rc == 0)
			return sts_lmdb_open(&store->file, path, why, why_size);
	}
	if (rc > 0)
		snprintf(why, why_size, "%s", sts_lmdb_strerror(path, rc));
	return STS_OPEN_ERROR;
}

static void
shut(struct sts_lmdb *store)
{
	if (store->read != NULL)
		mdb_txn_abort(store->read);
	store->read = NULL;
	sts_lmdb_shut(&store->file);
}

void
sts_lmdb_up(struct sts_lmdb *store)
{
	enum sts_opened opened = STS_OPEN_ERROR;
	char why[STS_LMDB_TEXT - 16] = "out of memory";
	char *path = sts_lmdb_path(store->dir, STS_LMDB_NAME);
	int rc = 0;

	shut(store);
	if (store->lock_fd < 0)
		rc = sts_lmdb_dir(store->dir, &store->lock_fd);
	if (rc != 0)
		snprintf(
		    why, sizeof(why), "%s", sts_lmdb_strerror(store->dir, rc));
	else if (path != NULL)
		opened = open_file(store, path, why, sizeof(why));
	free(path);
	if (opened == STS_OPENED || opened == STS_OPENED_READ_ONLY) {
		store->known = true;
		store->reopen = false;
	}
	if (opened != STS_OPENED) {
		down(store, why);
		return;
	}
	rc = sts_lmdb_sync_dir(store->dir);
	if (rc != 0)
		down(store, sts_lmdb_strerror(store->dir, rc));
	else
		store->mode = STS_LMDB_RETRYING;
}

/* Something failed; what was to be written is still in memory. */
void
sts_lmdb_fail(struct sts_lmdb *store, int rc)
{
	if (rc != MDB_MAP_FULL)
		store->reopen = true;
	if (sts_lmdb_is_corrupt(rc))
		store->condemned = true;
	store->full = sts_lmdb_is_full(rc);
	if (store->mode == STS_LMDB_DOWN)
		return;
	/* Nothing can be read either: do not wait the first time. */
	if (store->backoff == 0 && (rc == MDB_PANIC || store->condemned))
		retry_in(store, 0);
	down(store, sts_lmdb_strerror(store->dir, rc));
}

/* To delete for good, the wall clock must have gone like the other one since
 * the start, and for a day: one that is far ahead is put right before that. */
bool
sts_lmdb_steady(const struct sts_lmdb *store)
{
	int64_t mono = store->clock.ops->mono(store->clock.ctx);

	return mono - store->steady_since >= STEADY_FOR;
}

static void
compare_clocks(struct sts_lmdb *store)
{
	int64_t wall = store->clock.ops->wall(store->clock.ctx);
	int64_t mono = store->clock.ops->mono(store->clock.ctx);
	int64_t ahead =
	    wall - store->swept_wall - (mono - store->swept_mono) / 1000;

	if (ahead > CLOCK_SLACK || ahead < -CLOCK_SLACK)
		store->steady_since = mono;
	store->swept_wall = wall;
	store->swept_mono = mono;
}

/* Which of them are to go? */
static void
look_at_rows(struct sts_lmdb *store, enum sts_op_kind kind)
{
	for (size_t i = 0; i < STS_BUCKETS; i++)
		sts_lmdb_chore(store, kind, i, NULL);
}

/* Queue all that is only in memory. */
static void
requeue(struct sts_lmdb *store)
{
	struct sts_record *record;
	size_t i;

	for (i = 0; i < STS_BUCKETS; i++) {
		record = sts_table_above(store->pins.table[i], sts_str(""));
		while (record != NULL &&
		       sts_lmdb_chore(store, STS_OP_SET, i, record))
			record =
			    sts_table_above(store->pins.table[i], record->key);
	}
}

void
sts_lmdb_again(struct sts_lmdb *store)
{
	store->retry_due = false;
	store->mode = STS_LMDB_RETRYING;
	if (store->file.env == NULL || store->file.read_only || store->reopen)
		sts_lmdb_up(store);
	if (store->mode != STS_LMDB_RETRYING)
		return;
	if (store->full) {
		compare_clocks(store);
		look_at_rows(store, STS_OP_ROOM);
	}
	requeue(store);
	if (store->inflight == 0)
		sts_lmdb_settle(store);
}

static void
retry_now(void *arg)
{
	struct sts_lmdb *store = arg;

	store->retry = NULL;
	if (store->inflight > 0)
		store->retry_due = true;
	else
		sts_lmdb_again(store);
}

void
sts_lmdb_settle(struct sts_lmdb *store)
{
	bool left = store->pins.size > 0;

	if (store->retry_due && !store->closing)
		sts_lmdb_again(store);
	else if (store->mode != STS_LMDB_DOWN && left)
		sts_lmdb_fail(store, ENOMEM); /* not all could be queued */
	else if (store->mode == STS_LMDB_RETRYING)
		up(store);
}

static void
sweep_now(void *arg)
{
	struct sts_lmdb *store = arg;

	store->sweep = NULL;
	sts_lmdb_expect_sweep(store); /* first: this timer cannot fail */
	compare_clocks(store);
	if (store->mode == STS_LMDB_UP && store->inflight == 0)
		look_at_rows(store, STS_OP_SWEEP);
	else if (store->mode == STS_LMDB_DOWN)
		sts_lmdb_expect_retry(store); /* that one may have failed */
	if (store->file.env == NULL && sts_lmdb_steady(store))
		sts_records_sweep(
		    &store->pins, store->clock.ops->wall(store->clock.ctx));
}

void
sts_lmdb_expect_sweep(struct sts_lmdb *store)
{
	if (store->sweep == NULL)
		store->sweep = in(store, SWEEP_EVERY, sweep_now);
}
