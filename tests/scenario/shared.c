/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "sts/cache.h"
#include "world.h"

/* What a cluster shares, with a peer that the script speaks for. */
struct copy {
	TAILQ_ENTRY(copy) link;
	char *key;
	char *value; /* NULL: none */
	size_t n;
	int64_t fetched, checked, expiry;
	enum { FREE, OURS, THEIRS } lease;
};

/* A question that is answered at its deadline. */
struct late {
	sts_store_get_cb *got;
	sts_lease_cb *leased;
	void *arg;
};

static TAILQ_HEAD(, copy) copies = TAILQ_HEAD_INITIALIZER(copies);
static enum { ALONE, UP, AWAY, SLOW } level;
static sts_changed_cb *listener;
static void *listener_arg;
static struct shared_counts counts;

static struct copy *
copy_of(struct sts_str key)
{
	struct copy *copy;

	TAILQ_FOREACH (copy, &copies, link)
		if (sts_str_eq(key, copy->key))
			return copy;
	copy = need(calloc(1, sizeof(*copy)));
	copy->key = need(strndup(key.p, key.n));
	TAILQ_INSERT_TAIL(&copies, copy, link);
	return copy;
}

static void
on_late(void *arg)
{
	struct late late = *(struct late *)arg;

	free(arg);
	if (late.got != NULL)
		late.got(late.arg, STS_STORE_FAILED, NULL);
	else
		late.leased(late.arg, STS_LEASE_NONE);
}

static void
answer_late(int64_t deadline, struct late late)
{
	struct sts_clock clock = world_clock();
	struct late *copy = need(malloc(sizeof(*copy)));

	*copy = late;
	(void)need(clock.ops->timer(clock.ctx, deadline, on_late, copy));
}

static void
get(void *ctx, enum sts_bucket bucket, struct sts_str key, int64_t deadline,
    sts_store_get_cb *cb, void *arg)
{
	const struct copy *copy = copy_of(key);
	struct sts_store_item item = {.key = key,
	    .value = {copy->value, copy->n},
	    .expiry = copy->expiry,
	    .fetched = copy->fetched,
	    .checked = copy->checked};

	(void)ctx;
	(void)bucket;
	counts.gets++;
	if (level == SLOW)
		answer_late(deadline, (struct late){.got = cb, .arg = arg});
	else if (level == AWAY)
		cb(arg, STS_STORE_FAILED, NULL);
	else if (copy->value == NULL || now_wall() >= copy->expiry)
		cb(arg, STS_STORE_MISS, NULL);
	else
		cb(arg, STS_STORE_FOUND, &item);
}

static bool
is_older(const struct sts_store_item *item, const struct copy *copy)
{
	if (copy->value == NULL || item->fetched > copy->fetched)
		return false;
	return item->fetched < copy->fetched || item->checked < copy->checked;
}

static void
set(struct copy *copy, const struct sts_store_item *item)
{
	free(copy->value);
	copy->value = need(malloc(item->value.n));
	memcpy(copy->value, item->value.p, item->value.n);
	copy->n = item->value.n;
	copy->fetched = item->fetched;
	copy->checked = item->checked;
	copy->expiry = item->expiry;
}

static void
put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item)
{
	struct copy *copy = copy_of(item->key);

	(void)ctx;
	(void)bucket;
	counts.puts++;
	if (level == UP && !is_older(item, copy))
		set(copy, item);
}

static void
del(void *ctx, enum sts_bucket bucket, struct sts_str key)
{
	struct copy *copy = copy_of(key);

	(void)ctx;
	(void)bucket;
	if (level != UP)
		return;
	free(copy->value);
	copy->value = NULL;
}

static void
lease(void *ctx, struct sts_str key, int64_t life, int64_t deadline,
    sts_lease_cb *cb, void *arg)
{
	struct copy *copy = copy_of(key);

	(void)ctx;
	(void)life;
	counts.leases++;
	if (level == SLOW) {
		answer_late(deadline, (struct late){.leased = cb, .arg = arg});
		return;
	}
	if (level == AWAY) {
		cb(arg, STS_LEASE_NONE);
		return;
	}
	if (copy->lease == FREE)
		copy->lease = OURS;
	cb(arg, copy->lease == OURS ? STS_LEASE_MINE : STS_LEASE_HELD);
}

static void
release(void *ctx, struct sts_str key)
{
	struct copy *copy = copy_of(key);

	(void)ctx;
	if (copy->lease == OURS)
		copy->lease = FREE;
}

static void
watch(void *ctx, sts_changed_cb *cb, void *arg)
{
	(void)ctx;
	listener = cb;
	listener_arg = arg;
}

static const char *
state(void *ctx)
{
	(void)ctx;
	return "ok";
}

struct sts_shared
world_shared(void)
{
	static const struct sts_shared_ops ops = {.get = get,
	    .put = put,
	    .del = del,
	    .lease = lease,
	    .release = release,
	    .watch = watch,
	    .state = state};

	return (struct sts_shared){level == ALONE ? NULL : &ops, NULL};
}

struct shared_counts
shared_counts(void)
{
	struct shared_counts was = counts;

	memset(&counts, 0, sizeof(counts));
	return was;
}

/* cluster up|away|slow; the first one before the engine is made */
void
world_set_shared(void)
{
	const char *word = player.word[1];

	level = strcmp(word, "up") == 0     ? UP
		: strcmp(word, "away") == 0 ? AWAY
					    : SLOW;
}

static int64_t
seconds(const char *key, int64_t otherwise)
{
	const char *word = option(3, key);

	return word != NULL ? duration(word) / 1000 : otherwise;
}

/* The form of entry.h, written once more. */
static void
put_of_peer(struct copy *copy)
{
	const char *body = world_policy(player.word[2]);
	const char *id = option(3, "id");
	const char *max_age = option(3, "max_age");
	int64_t fetched = now_wall() - seconds("age", 0);
	int64_t life = max_age != NULL ? number(max_age) : 604800;
	char text[4096];
	int n;

	n = snprintf(text, sizeof(text),
	    "stsgate-policy 1\ndomain %s\nid %s\nfetched %" PRId64
	    "\nexpires %" PRId64 "\nrefresh %" PRId64 "\ntxt %" PRId64
	    "\nused %" PRId64 "\nlost 0\ntext %zu\n\n%s",
	    copy->key, id, fetched, fetched + life, fetched + 86400,
	    now_wall() + seconds("txt", 300), now_wall(), strlen(body), body);
	set(copy, &(struct sts_store_item){.value = {text, (size_t)n},
		      .expiry = fetched + life + 86400,
		      .fetched = fetched,
		      .checked = now_wall() - seconds("checked", 0)});
}

/* peer NAME MODE id=X [mx=A,B] [max_age=N] [age=TIME] [checked=TIME] [txt=TIME]
 *      [quiet] | spoilt "TEXT" | lease | release | announce */
void
world_peer(void)
{
	struct copy *copy = copy_of(sts_str(player.word[1]));
	const char *what = player.word[2];

	if (strcmp(what, "lease") == 0) {
		copy->lease = THEIRS;
		return;
	}
	if (strcmp(what, "release") == 0) {
		copy->lease = FREE;
		return;
	}
	if (strcmp(what, "spoilt") == 0)
		set(copy,
		    &(struct sts_store_item){.value = sts_str(player.word[3]),
			.expiry = now_wall() + 86400,
			.fetched = now_wall(),
			.checked = now_wall()});
	else if (strcmp(what, "announce") != 0)
		put_of_peer(copy);
	if (listener != NULL && strcmp(player.word[player.n - 1], "quiet") != 0)
		listener(listener_arg, sts_str(copy->key));
}
