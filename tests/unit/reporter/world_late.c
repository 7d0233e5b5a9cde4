/* SPDX-License-Identifier: ISC */
/* Answers that take their time; when the world is killed before, the store has
 * not done what it was asked to. */
#include "world_late.h"

#include <stdlib.h>
#include <string.h>

struct late {
	struct late *next;
	struct world *w;
	struct sts_timer *timer;
	void (*fn)(void *arg, bool gone);
	void *arg;
};

static void
take_out(struct late *late)
{
	struct late **at = &late->w->lates;

	while (*at != late)
		at = &(*at)->next;
	*at = late->next;
}

static void
on_time(void *arg)
{
	struct late late = *(struct late *)arg;

	take_out(arg);
	free(arg);
	late.fn(late.arg, false);
}

struct late *
world_late(struct world *w, void (*fn)(void *arg, bool gone), void *arg)
{
	struct sts_clock clock = fixture_clock(&w->f);
	struct late *late = calloc(1, sizeof(*late));

	assert_non_null(late);
	*late = (struct late){w->lates, w, NULL, fn, arg};
	late->timer =
	    clock.ops->timer(clock.ctx, w->f.mono + w->slow, on_time, late);
	if (late->timer == NULL) {
		free(late);
		fn(arg, true);
		return NULL;
	}
	w->lates = late;
	return late;
}

void
world_late_cancel(struct world *w, struct late *late)
{
	struct sts_clock clock = fixture_clock(&w->f);

	clock.ops->cancel(clock.ctx, late->timer);
	take_out(late);
	free(late);
}

void
world_late_kill(struct world *w)
{
	while (w->lates != NULL) {
		struct late late = *w->lates;

		world_late_cancel(w, w->lates);
		late.fn(late.arg, true);
	}
}

struct call {
	struct world *w;
	char *key, *value;
	struct sts_store_item item; /* to put */
	size_t limit;
	sts_store_get_cb *got;
	sts_store_each_cb *each;
	sts_store_done_cb *done;
	void *arg;
};

static char *
copy(struct sts_str text)
{
	char *made = malloc(text.n + 1);

	assert_non_null(made);
	if (text.n > 0)
		memcpy(made, text.p, text.n);
	made[text.n] = '\0';
	return made;
}

static struct call *
new_call(struct world *w, struct sts_str key, void *arg)
{
	struct call *call = calloc(1, sizeof(*call));

	assert_non_null(call);
	call->w = w;
	call->key = copy(key);
	call->arg = arg;
	return call;
}

static void
free_call(struct call *call)
{
	free(call->key);
	free(call->value);
	free(call);
}

static void
do_get(void *arg, bool gone)
{
	struct call *call = arg;
	struct sts_store *store = &call->w->f.store;

	if (gone)
		call->got(call->arg, STS_STORE_FAILED, NULL);
	else
		store->ops->get(store->ctx, STS_BUCKET_REPORT,
		    sts_str(call->key), FAR, call->got, call->arg);
	free_call(call);
}

void
late_get(struct world *w, struct sts_str key, sts_store_get_cb *cb, void *arg)
{
	struct call *call = new_call(w, key, arg);

	call->got = cb;
	world_late(w, do_get, call);
}

static void
do_put(void *arg, bool gone)
{
	struct call *call = arg;
	struct sts_store *store = &call->w->f.store;

	if (gone)
		call->done(call->arg, STS_ETEMP);
	else
		store->ops->put(store->ctx, STS_BUCKET_REPORT, &call->item, FAR,
		    call->done, call->arg);
	free_call(call);
}

void
late_put(struct world *w, const struct sts_store_item *item,
    sts_store_done_cb *cb, void *arg)
{
	struct call *call = new_call(w, item->key, arg);

	call->item = *item;
	call->item.key.p = call->key;
	call->item.value.p = call->value = copy(item->value);
	call->done = cb;
	world_late(w, do_put, call);
}

static void
do_del(void *arg, bool gone)
{
	struct call *call = arg;
	struct sts_store *store = &call->w->f.store;

	if (gone)
		call->done(call->arg, STS_ETEMP);
	else
		store->ops->del(store->ctx, STS_BUCKET_REPORT,
		    sts_str(call->key), FAR, call->done, call->arg);
	free_call(call);
}

void
late_del(struct world *w, struct sts_str key, sts_store_done_cb *cb, void *arg)
{
	struct call *call = new_call(w, key, arg);

	call->done = cb;
	world_late(w, do_del, call);
}

static void
do_walk(void *arg, bool gone)
{
	struct call *call = arg;
	struct sts_store *store = &call->w->f.store;

	if (gone)
		call->done(call->arg, STS_ETEMP);
	else
		store->ops->walk(store->ctx, STS_BUCKET_REPORT,
		    sts_str(call->key), call->limit, FAR, call->each,
		    call->done, call->arg);
	free_call(call);
}

void
late_walk(struct world *w, struct sts_str after, size_t limit,
    sts_store_each_cb *each, sts_store_done_cb *cb, void *arg)
{
	struct call *call = new_call(w, after, arg);

	call->limit = limit;
	call->each = each;
	call->done = cb;
	world_late(w, do_walk, call);
}
