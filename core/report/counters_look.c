/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters_impl.h"

#define LOOK_MS 5000

/* NULL: no memory. */
static struct sts_look *
look_new(struct sts_counters *counters, const char *key, void *arg)
{
	struct sts_look *look = calloc(1, sizeof(*look));

	if (look == NULL)
		return NULL;
	look->counters = counters;
	look->arg = arg;
	memcpy(look->key, key, strlen(key) + 1);
	return look;
}

/* The store answers: false if nobody waits any more, and it is gone. */
static bool
look_take(struct sts_look *look)
{
	if (look->counters == NULL) {
		free(look);
		return false;
	}
	TAILQ_REMOVE(&look->counters->looks, look, link);
	return true;
}

static void
look_tell(struct sts_look *look, enum sts_err err)
{
	if (look->got != NULL)
		look->got(look->arg, err, NULL);
	else if (look->done != NULL)
		look->done(look->arg, err);
}

void
sts_looks_abandon(struct sts_looks *looks, bool asked)
{
	struct sts_look *look;

	while ((look = TAILQ_FIRST(looks)) != NULL) {
		TAILQ_REMOVE(looks, look, link);
		look->counters = NULL;
		look_tell(look, STS_ETEMP);
		if (!asked)
			free(look);
	}
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_look *look = arg;
	struct sts_tally *tally = NULL;
	enum sts_err err = status == STS_STORE_MISS ? STS_ENOENT : STS_ETEMP;

	if (!look_take(look))
		return;
	if (status == STS_STORE_FOUND)
		err = sts_hot_decode(
		    look->counters, look->key, item->value, &tally);
	look->got(look->arg, err, tally);
	sts_tally_free(tally);
	free(look);
}

/* A put is seen before it is committed, so the store knows all. */
void
sts_counters_get(struct sts_counters *counters, int64_t day, const char *domain,
    sts_tally_cb *cb, void *arg)
{
	char key[STS_HOT_KEY];
	struct sts_look *look;

	if (!sts_hot_key(day, domain, key)) {
		cb(arg, STS_ENOENT, NULL);
		return;
	}
	look = look_new(counters, key, arg);
	if (look == NULL) {
		cb(arg, STS_ENOMEM, NULL);
		return;
	}
	look->got = cb;
	TAILQ_INSERT_TAIL(&counters->looks, look, link);
	counters->store.ops->get(counters->store.ctx, STS_BUCKET_REPORT,
	    sts_str(look->key), sts_counters_in(counters, LOOK_MS), on_got,
	    look);
}

static int
on_each(void *arg, const struct sts_store_item *item)
{
	struct sts_look *look = arg;
	char domain[STS_DOMAIN_SIZE];
	size_t n;

	if (look->counters == NULL || item->key.n <= STS_HOT_DATE ||
	    memcmp(item->key.p, look->key, STS_HOT_DATE) != 0)
		return 1;
	n = item->key.n - STS_HOT_DATE;
	if (n < sizeof(domain)) {
		memcpy(domain, item->key.p + STS_HOT_DATE, n);
		domain[n] = '\0';
		look->each(look->arg, domain);
	}
	return 0;
}

static void
on_done(void *arg, enum sts_err err)
{
	struct sts_look *look = arg;

	if (!look_take(look))
		return;
	look_tell(look, err);
	free(look);
}

void
sts_counters_list(struct sts_counters *counters, int64_t day, const char *after,
    size_t limit, sts_counters_each_cb *each, sts_store_done_cb *done,
    void *arg)
{
	char key[STS_HOT_KEY], date[STS_DAY_TEXT];
	struct sts_look *look;

	sts_day_text(day, date);
	(void)snprintf(
	    key, sizeof(key), "%s/%.*s", date, STS_DOMAIN_MAX, after);
	look = look_new(counters, key, arg);
	if (look == NULL) {
		done(arg, STS_ENOMEM);
		return;
	}
	look->each = each;
	look->done = done;
	TAILQ_INSERT_TAIL(&counters->looks, look, link);
	counters->store.ops->walk(counters->store.ctx, STS_BUCKET_REPORT,
	    sts_str(look->key), limit, sts_counters_in(counters, LOOK_MS),
	    on_each, on_done, look);
}

void
sts_look_forget(struct sts_look *look)
{
	struct sts_counters *counters = look->counters;

	TAILQ_INSERT_TAIL(&counters->looks, look, link);
	counters->store.ops->del(counters->store.ctx, STS_BUCKET_REPORT,
	    sts_str(look->key), sts_counters_in(counters, LOOK_MS), on_done,
	    look);
}

void
sts_counters_forget(struct sts_counters *counters, int64_t day,
    const char *domain, sts_store_done_cb *done, void *arg)
{
	char key[STS_HOT_KEY];
	struct sts_look *look = NULL;
	struct sts_hot *row;
	bool valid = sts_hot_key(day, domain, key);

	if (valid)
		look = look_new(counters, key, arg);
	if (look == NULL) {
		if (done != NULL)
			done(arg, valid ? STS_ENOMEM : STS_OK);
		return;
	}
	look->done = done;
	row = sts_hot_find(counters, key);
	if (row != NULL && row->state != STS_HOT_IDLE) {
		TAILQ_INSERT_TAIL(&row->forgets, look, link);
		return;
	}
	if (row != NULL)
		sts_hot_drop(row);
	sts_look_forget(look);
}
