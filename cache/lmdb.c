/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lmdb.h"

static const char *
lmdb_state(void *ctx)
{
	const struct sts_lmdb *store = ctx;

	return store->state;
}

static void
woken(evutil_socket_t fd, short what, void *arg)
{
	struct sts_lmdb *store = arg;
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n;
	(void)what;
	sts_lmdb_take_back(store);
}

static void
wait_for_writer(struct sts_lmdb *store)
{
	while (store->inflight > 0) {
		pthread_mutex_lock(&store->lock);
		while (store->done.first == NULL)
			pthread_cond_wait(&store->less, &store->lock);
		pthread_mutex_unlock(&store->lock);
		sts_lmdb_take_back(store);
	}
}

/* All but the thread, which is not there or has ended. */
static void
dismantle(struct sts_lmdb *store)
{
	store->clock.ops->cancel(store->clock.ctx, store->retry);
	store->clock.ops->cancel(store->clock.ctx, store->sweep);
	if (store->read != NULL)
		mdb_txn_abort(store->read);
	sts_lmdb_shut(&store->file);
	if (store->wakeup != NULL)
		event_free(store->wakeup);
	if (store->wakeup_fd >= 0)
		close(store->wakeup_fd);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	sts_records_fini(&store->pins);
	pthread_cond_destroy(&store->more);
	pthread_cond_destroy(&store->less);
	pthread_mutex_destroy(&store->lock);
	free(store->dir);
	free(store);
}

static void
lmdb_close(void *ctx)
{
	struct sts_lmdb *store = ctx;

	store->closing = true;
	wait_for_writer(store);
	if (store->mode == STS_LMDB_DOWN && store->pins.size > 0) {
		sts_lmdb_again(store);
		wait_for_writer(store);
	}
	sts_lmdb_stop_writer(store);
	dismantle(store);
}

static const struct sts_store_ops lmdb_ops = {
    .get = sts_lmdb_get,
    .put = sts_lmdb_put,
    .del = sts_lmdb_del,
    .walk = sts_lmdb_walk,
    .state = lmdb_state,
    .close = lmdb_close,
};

static void
init_conds(struct sts_lmdb *store)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store->more, &attr);
	pthread_cond_init(&store->less, NULL);
	pthread_condattr_destroy(&attr);
}

static bool
prepare(struct sts_lmdb *store, struct event_base *base, const char *dir)
{
	store->lock_fd = -1;
	sts_ops_init(&store->queue);
	sts_ops_init(&store->done);
	strcpy(store->state, "ok");
	pthread_mutex_init(&store->lock, NULL);
	init_conds(store);
	store->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (store->wakeup_fd < 0 || sts_records_init(&store->pins) != STS_OK ||
	    (store->dir = strdup(dir)) == NULL)
		return false;
	store->wakeup = event_new(
	    base, store->wakeup_fd, EV_READ | EV_PERSIST, woken, store);
	return store->wakeup != NULL && event_add(store->wakeup, NULL) == 0;
}

enum sts_err
sts_cache_lmdb(struct event_base *base, const char *dir, struct sts_clock clock,
    const struct sts_log *log, struct sts_store *out)
{
	struct sts_lmdb *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return STS_ENOMEM;
	store->clock = clock;
	store->log = log;
	if (!prepare(store, base, dir)) {
		dismantle(store);
		return STS_ENOMEM;
	}
	store->swept_wall = clock.ops->wall(clock.ctx);
	store->swept_mono = clock.ops->mono(clock.ctx);
	store->steady_since = store->swept_mono;
	sts_lmdb_again(store);
	sts_lmdb_expect_sweep(store);
	out->ops = &lmdb_ops;
	out->ctx = store;
	return STS_OK;
}
