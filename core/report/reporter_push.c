/* SPDX-License-Identifier: ISC */
/*
 * What this host has counted is put where the others of the cluster see it: a
 * domain's at most once in 30 s, a few at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter_push.h"
#include "sts/map.h"

#define EVERY_MS 30000
#define PAUSE_MS 100
#define STEP     64 /* domains */
#define SLOTS    1024
#define MAX      20000 /* more than these wait until they change again */
#define AGAIN    10000 /* of them for what is put again, in steps */

struct changed {
	struct sts_map_node node;
	TAILQ_ENTRY(changed) link;
	struct sts_reporter *reporter; /* NULL: nobody wants it any more */
	int64_t day;
	char key[STS_REP_KEY]; /* "sent/<date>/<domain>" */
};
TAILQ_HEAD(changes, changed);

struct sts_rep_push {
	struct sts_reporter *reporter;
	struct sts_map map;
	struct changes changes; /* those in the map */
	struct changes now;     /* of this round */
	struct changes asked;   /* what was counted */
	struct sts_timer *timer;
	bool more; /* to be put again, when there is room */
};

void
sts_rep_push_tally(struct sts_reporter *reporter, const struct sts_tally *tally)
{
	const struct sts_shared *shared = &reporter->deps.shared;
	char key[STS_REP_KEY], part[STS_SHARED_PART + 1], *text = NULL;
	int64_t wall = sts_rep_wall(reporter);
	struct sts_store_item item = {.expiry = sts_rep_expiry(tally->day),
	    .fetched = wall,
	    .checked = wall};

	sts_rep_key(tally->day, tally->domain, key);
	item.key = sts_str(STS_REP_PARTS_KEY(key));
	if (sts_tally_encode(tally, &text, &item.value.n) != STS_OK)
		return;
	item.value.p = text;
	sts_rep_part_name(reporter, part);
	shared->ops->put_part(shared->ctx, sts_str(part), &item);
	free(text);
}

/* It is reported, and its counts are gone: the others are told so. */
static void
on_row(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct changed *change = arg;
	struct sts_reporter *reporter = change->reporter;
	struct sts_rep_state state;

	if (reporter != NULL) {
		TAILQ_REMOVE(&reporter->push->asked, change, link);
		if (status == STS_STORE_FOUND &&
		    sts_rep_state_decode(item->value, &state) &&
		    state.state == STS_REPORT_SENT && !state.own)
			sts_rep_put_closed(
			    reporter, change->key, change->day, item->value);
	}
	free(change);
}

static void
on_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	struct changed *change = arg;
	struct sts_reporter *reporter = change->reporter;
	struct sts_store *store;

	if (reporter != NULL && err == STS_ENOENT) {
		store = &reporter->deps.store;
		store->ops->get(store->ctx, STS_BUCKET_REPORT,
		    sts_str(change->key),
		    sts_rep_in(reporter, STS_REP_STORE_MS), on_row, change);
		return;
	}
	if (reporter != NULL) {
		TAILQ_REMOVE(&reporter->push->asked, change, link);
		if (err == STS_OK)
			sts_rep_push_tally(reporter, tally);
	}
	free(change);
}

static void on_time(void *arg);

static void
set_timer(struct sts_rep_push *push, int64_t ms)
{
	push->timer = sts_rep_timer(push->reporter, ms, on_time, push);
}

static void
begin_round(struct sts_rep_push *push)
{
	struct changed *change;

	TAILQ_CONCAT(&push->now, &push->changes, link);
	TAILQ_FOREACH (change, &push->now, link) {
		sts_map_del(&push->map, &change->node);
	}
}

/* Does the round go on after this step? */
static bool
goes_on(const struct sts_rep_push *push)
{
	const struct changed *change;
	int n = 0;

	TAILQ_FOREACH (change, &push->now, link)
		if (n++ == STEP)
			return true;
	return false;
}

/* A few of this round, or the next round. The timer first: that one cannot
 * fail. */
static void
on_time(void *arg)
{
	struct sts_rep_push *push = arg;
	struct changed *change;
	bool again = false;

	push->timer = NULL;
	if (TAILQ_EMPTY(&push->now)) {
		begin_round(push);
		again = push->more;
		push->more = false;
	}
	set_timer(push, goes_on(push) || push->more ? PAUSE_MS : EVERY_MS);
	if (again)
		sts_rep_pump(push->reporter);
	for (int i = 0; i < STEP; i++) {
		change = TAILQ_FIRST(&push->now);
		if (change == NULL)
			break;
		TAILQ_REMOVE(&push->now, change, link);
		TAILQ_INSERT_TAIL(&push->asked, change, link);
		sts_counters_get(push->reporter->deps.counters, change->day,
		    change->key + STS_REP_DATE, on_tally, change);
	}
}

/* False: no room, or no memory. */
static bool
add(struct sts_rep_push *push, int64_t day, const char *domain, size_t max)
{
	struct changed *change;
	char key[STS_REP_KEY];

	sts_rep_key(day, domain, key);
	if (sts_map_find(&push->map, key) != NULL)
		return true;
	if (push->map.n >= max || (change = calloc(1, sizeof(*change))) == NULL)
		return false;
	change->reporter = push->reporter;
	change->day = day;
	memcpy(change->key, key, sizeof(key));
	sts_map_add(&push->map, &change->node, change->key);
	TAILQ_INSERT_TAIL(&push->changes, change, link);
	return true;
}

bool
sts_rep_push_again(
    struct sts_reporter *reporter, int64_t day, const char *domain)
{
	struct sts_rep_push *push = reporter->push;

	if (push == NULL || add(push, day, domain, AGAIN))
		return true;
	push->more = true;
	return false;
}

void
sts_rep_push_one(struct sts_reporter *reporter, int64_t day, const char *domain)
{
	if (reporter->push != NULL)
		(void)add(reporter->push, day, domain, MAX);
}

static void
on_changed(void *arg, int64_t day, const char *domain)
{
	sts_rep_push_one(arg, day, domain);
}

struct sts_rep_push *
sts_rep_push_new(struct sts_reporter *reporter)
{
	struct sts_rep_push *push = calloc(1, sizeof(*push));
	uint64_t seed = (uint64_t)(uintptr_t)push;

	seed ^= (uint64_t)sts_rep_in(reporter, 0) << 32;
	if (push == NULL || sts_map_init(&push->map, SLOTS, seed) != STS_OK) {
		free(push);
		return NULL;
	}
	push->reporter = reporter;
	TAILQ_INIT(&push->changes);
	TAILQ_INIT(&push->now);
	TAILQ_INIT(&push->asked);
	reporter->push = push;
	set_timer(push, EVERY_MS);
	sts_counters_watch(reporter->deps.counters, on_changed, reporter);
	return push->timer != NULL ? push : NULL;
}

static void
free_all(struct changes *changes)
{
	struct changed *change;

	while ((change = TAILQ_FIRST(changes)) != NULL) {
		TAILQ_REMOVE(changes, change, link);
		free(change);
	}
}

void
sts_rep_push_free(struct sts_reporter *reporter)
{
	struct sts_rep_push *push = reporter->push;
	const struct sts_clock *clock = &reporter->deps.clock;
	struct changed *change;

	if (push == NULL)
		return;
	reporter->push = NULL;
	sts_counters_watch(reporter->deps.counters, NULL, NULL);
	clock->ops->cancel(clock->ctx, push->timer);
	TAILQ_FOREACH (change, &push->asked, link) {
		change->reporter = NULL;
	}
	free_all(&push->changes);
	free_all(&push->now);
	sts_map_fini(&push->map);
	free(push);
}
