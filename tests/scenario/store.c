/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "world.h"

/* A store that can be slow, fail, and lose what was not committed. */
struct row {
	TAILQ_ENTRY(row) link;
	char *key;
	char *value[2]; /* as seen, as committed; NULL: none */
	size_t n[2];
	int64_t expiry[2];
};

struct owed {
	TAILQ_ENTRY(owed) link;
	struct row *row;
	sts_store_done_cb *cb;
	void *arg;
	struct sts_timer *timer;
};

static TAILQ_HEAD(, row) rows = TAILQ_HEAD_INITIALIZER(rows);
static TAILQ_HEAD(, owed) debts = TAILQ_HEAD_INITIALIZER(debts);
static bool get_fails, put_fails, del_fails;
static int64_t put_delay;
static unsigned n_puts, n_gets, n_dels;

static struct row *
row_of(struct sts_str key)
{
	struct row *row;
	struct row *new;

	TAILQ_FOREACH (row, &rows, link) {
		if (sts_str_eq(key, row->key))
			return row;
		if (strncmp(row->key, key.p, key.n) > 0)
			break;
	}
	new = need(calloc(1, sizeof(*new)));
	new->key = need(strndup(key.p, key.n));
	if (row != NULL)
		TAILQ_INSERT_BEFORE(row, new, link);
	else
		TAILQ_INSERT_TAIL(&rows, new, link);
	return new;
}

static bool
is_live(const struct row *row)
{
	return row->value[0] != NULL && now_wall() < row->expiry[0];
}

static struct sts_store_item
item_of(const struct row *row)
{
	return (struct sts_store_item){.key = sts_str(row->key),
	    .value = {row->value[0], row->n[0]},
	    .expiry = row->expiry[0]};
}

static void
set(struct row *row, int which, const char *value, size_t n, int64_t expiry)
{
	free(row->value[which]);
	row->value[which] = NULL;
	if (value != NULL) {
		row->value[which] = need(malloc(n + 1));
		memcpy(row->value[which], value, n);
		row->value[which][n] = '\0';
	}
	row->n[which] = n;
	row->expiry[which] = expiry;
}

static void
commit(struct row *row)
{
	set(row, 1, row->value[0], row->n[0], row->expiry[0]);
}

static void
on_commit(void *arg)
{
	struct owed owed = *(struct owed *)arg;

	TAILQ_REMOVE(&debts, (struct owed *)arg, link);
	free(arg);
	commit(owed.row);
	if (owed.cb != NULL)
		owed.cb(owed.arg, STS_OK);
}

static void
finish(struct row *row, int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct sts_clock clock = world_clock();
	struct owed *owed;

	if (put_delay == 0) {
		commit(row);
		if (cb != NULL)
			cb(arg, STS_OK);
		return;
	}
	if (now_ms() + put_delay > deadline)
		fail("the script's store is later than the deadline");
	owed = need(calloc(1, sizeof(*owed)));
	*owed = (struct owed){.row = row, .cb = cb, .arg = arg};
	TAILQ_INSERT_TAIL(&debts, owed, link);
	owed->timer =
	    clock.ops->timer(clock.ctx, now_ms() + put_delay, on_commit, owed);
}

static void
get(void *ctx, enum sts_bucket bucket, struct sts_str key, int64_t deadline,
    sts_store_get_cb *cb, void *arg)
{
	const struct row *row = row_of(key);
	struct sts_store_item item = item_of(row);

	(void)ctx;
	(void)bucket;
	(void)deadline;
	n_gets++;
	if (get_fails)
		cb(arg, STS_STORE_FAILED, NULL);
	else if (is_live(row))
		cb(arg, STS_STORE_FOUND, &item);
	else
		cb(arg, STS_STORE_MISS, NULL);
}

static void
put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct row *row = row_of(item->key);

	(void)ctx;
	(void)bucket;
	n_puts++;
	if (put_fails) {
		if (cb != NULL)
			cb(arg, STS_ETEMP);
		return;
	}
	set(row, 0, item->value.p, item->value.n, item->expiry);
	finish(row, deadline, cb, arg);
}

static void
del(void *ctx, enum sts_bucket bucket, struct sts_str key, int64_t deadline,
    sts_store_done_cb *cb, void *arg)
{
	struct row *row = row_of(key);

	(void)ctx;
	(void)bucket;
	n_dels++;
	if (del_fails) {
		if (cb != NULL)
			cb(arg, STS_ETEMP);
		return;
	}
	set(row, 0, NULL, 0, 0);
	finish(row, deadline, cb, arg);
}

static void
walk(void *ctx, enum sts_bucket bucket, struct sts_str after, size_t limit,
    int64_t deadline, sts_store_each_cb *each, sts_store_done_cb *done,
    void *arg)
{
	char *from = need(strndup(after.p, after.n));
	struct row *row;

	(void)ctx;
	(void)bucket;
	(void)deadline;
	TAILQ_FOREACH (row, &rows, link) {
		struct sts_store_item item = item_of(row);

		if (get_fails || limit == 0)
			break;
		if (strcmp(row->key, from) <= 0 || !is_live(row))
			continue;
		limit--;
		if (each(arg, &item) != 0)
			break;
	}
	free(from);
	done(arg, get_fails ? STS_ETEMP : STS_OK);
}

static const char *
state(void *ctx)
{
	(void)ctx;
	return "ok";
}

static void
close_store(void *ctx)
{
	(void)ctx;
}

struct sts_store
world_store(void)
{
	static const struct sts_store_ops ops = {
	    get, put, del, walk, state, close_store};

	return (struct sts_store){&ops, NULL};
}

/* store get=fail|ok put=fail|ok|5ms del=fail|ok */
void
world_set_store(void)
{
	const char *word = option(1, "get");

	if (word != NULL)
		get_fails = strcmp(word, "fail") == 0;
	word = option(1, "del");
	if (word != NULL)
		del_fails = strcmp(word, "fail") == 0;
	word = option(1, "put");
	if (word == NULL)
		return;
	put_fails = strcmp(word, "fail") == 0;
	put_delay = put_fails || strcmp(word, "ok") == 0 ? 0 : duration(word);
}

void
store_crash(void)
{
	struct sts_clock clock = world_clock();
	struct owed *owed;
	struct row *row;

	while ((owed = TAILQ_FIRST(&debts)) != NULL) {
		TAILQ_REMOVE(&debts, owed, link);
		clock.ops->cancel(clock.ctx, owed->timer);
		owed->cb(owed->arg, STS_ETEMP); /* to nobody */
		free(owed);
	}
	TAILQ_FOREACH (row, &rows, link)
		set(row, 0, row->value[1], row->n[1], row->expiry[1]);
}

void
store_spoil(const char *key, const char *value)
{
	struct row *row = row_of(sts_str(key));

	set(row, 0, value, strlen(value), now_wall() + 86400);
	commit(row);
}

bool
store_has(const char *key)
{
	return is_live(row_of(sts_str(key)));
}

static unsigned
take(unsigned *count)
{
	unsigned n = *count;

	*count = 0;
	return n;
}

unsigned
store_puts(void)
{
	return take(&n_puts);
}

unsigned
store_gets(void)
{
	return take(&n_gets);
}

unsigned
store_dels(void)
{
	return take(&n_dels);
}
