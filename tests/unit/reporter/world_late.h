/* SPDX-License-Identifier: ISC */
#ifndef REPORTER_WORLD_LATE_H
#define REPORTER_WORLD_LATE_H

#include "world.h"

struct late;

/* Call fn after w->slow; or with gone set, when the world is killed before. */
struct late *
world_late(struct world *w, void (*fn)(void *arg, bool gone), void *arg);
void world_late_cancel(struct world *w, struct late *late);
/* Nobody waits any more. */
void world_late_kill(struct world *w);
/* The store's calls, each of them late. */
void
late_get(struct world *w, struct sts_str key, sts_store_get_cb *cb, void *arg);
void late_put(struct world *w, const struct sts_store_item *item,
    sts_store_done_cb *cb, void *arg);
void
late_del(struct world *w, struct sts_str key, sts_store_done_cb *cb, void *arg);
void late_walk(struct world *w, struct sts_str after, size_t limit,
    sts_store_each_cb *each, sts_store_done_cb *cb, void *arg);

#endif
