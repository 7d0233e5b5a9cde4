/* SPDX-License-Identifier: ISC */
/*
 * A row's way: looked for in the store, merged with what came meanwhile,
 * written, and again while more comes. One call of the store at a time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters_impl.h"

#define GET_MS 2000
#define PUT_MS 5000
#define SHOWN  300 /* octets of a key in the log */

static struct sts_store_item
item_of(const struct sts_hot *row, const char *key, struct sts_str value)
{
	const struct sts_counters *counters = row->counters;

	return (struct sts_store_item){
	    .key = sts_str(key),
	    .value = value,
	    .expiry =
		(row->tally->day + 1) * STS_DAY_SECONDS + counters->config.keep,
	};
}

/* All that waits is told; what was counted since it was asked for is lost. */
static void
fail(struct sts_hot *row, enum sts_err err)
{
	struct sts_counters *counters = row->counters;
	struct sts_waiters all = row->next;

	if (all.first == NULL)
		all.last = &all.first;
	sts_hot_drop(row);
	sts_counters_tell(counters, &all, err);
}

/* Tell once that it fails, and once that it is well again. */
static void
note(struct sts_counters *counters, const char *key, enum sts_err err)
{
	bool failing = err != STS_OK;

	if (failing && !counters->failing)
		sts_log(counters->log, STS_LOG_ERROR, "results-unsaved",
		    "row=%s error=%s", key, sts_err_name(err));
	if (!failing && counters->failing)
		sts_log(counters->log, STS_LOG_INFO, "results-saved", "row=%s",
		    key);
	counters->failing = failing;
}

/* One write more for what came meanwhile, or rest. */
static void
go_on(struct sts_hot *row)
{
	if (row->next.first != NULL) {
		sts_hot_write(row);
		return;
	}
	sts_hot_set(row, STS_HOT_IDLE);
	if (!TAILQ_EMPTY(&row->forgets))
		sts_hot_drop(row);
}

static void
on_written(void *arg, enum sts_err err)
{
	struct sts_hot *row = arg;
	struct sts_counters *counters = row->counters;
	struct sts_waiters told;

	if (counters == NULL) {
		sts_hot_free(row);
		return;
	}
	note(counters, row->key, err);
	if (err == STS_OK && counters->changed != NULL)
		counters->changed(
		    counters->changed_arg, row->tally->day, row->tally->domain);
	told = row->writing;
	row->writing.first = NULL;
	row->writing.last = &row->writing.first;
	go_on(row);
	sts_counters_tell(counters, &told, err);
}

void
sts_hot_write(struct sts_hot *row)
{
	struct sts_counters *counters = row->counters;
	struct sts_store_item item;
	char *text;
	size_t n;
	enum sts_err err;

	row->writing = row->next;
	row->next.first = NULL;
	row->next.last = &row->next.first;
	sts_hot_set(row, STS_HOT_WRITING);
	err = sts_tally_encode(row->tally, &text, &n);
	if (err != STS_OK) {
		on_written(row, err);
		return;
	}
	item = item_of(row, row->key, (struct sts_str){text, n});
	counters->store.ops->put(counters->store.ctx, STS_BUCKET_REPORT, &item,
	    sts_counters_in(counters, PUT_MS), on_written, row);
	free(text);
}

enum sts_err
sts_hot_decode(const struct sts_counters *counters, const char *key,
    struct sts_str text, struct sts_tally **out)
{
	struct sts_tally *tally = NULL;
	char shown[SHOWN], date[STS_DAY_TEXT];
	enum sts_err err = sts_tally_decode(text, &tally);

	if (err == STS_OK) {
		sts_day_text(tally->day, date);
		if (strcmp(tally->domain, key + STS_HOT_DATE) == 0 &&
		    strncmp(date, key, strlen(date)) == 0) {
			*out = tally;
			return STS_OK;
		}
		sts_tally_free(tally);
		err = STS_ESYNTAX;
	}
	if (err != STS_ENOMEM)
		sts_log(counters->log, STS_LOG_ERROR, "tally-unreadable",
		    "row=\"%s\" error=%s octets=%zu",
		    sts_str_escape(sts_str(key), shown, sizeof(shown)),
		    sts_err_name(err), text.n);
	return err;
}

/* The stored one goes on, with what came while it was looked for. */
static void
join(struct sts_hot *row, struct sts_tally *stored)
{
	enum sts_err err = sts_tally_merge(stored, row->tally);

	sts_tally_free(row->tally);
	row->tally = stored;
	/* Which of them there was no room for is not known. */
	for (struct sts_waiter *w = row->next.first; w != NULL; w = w->next)
		if (err != STS_OK)
			w->err = STS_ELIMIT;
	sts_hot_write(row);
}

static void
on_aside(void *arg, enum sts_err err)
{
	struct sts_hot *row = arg;

	if (row->counters == NULL)
		sts_hot_free(row);
	else if (err != STS_OK)
		fail(row, err);
	else
		sts_hot_write(row);
}

/* It is not overwritten before it is safe under another name. */
static void
put_aside(struct sts_hot *row, struct sts_str text)
{
	struct sts_counters *counters = row->counters;
	int64_t now = counters->clock.ops->wall(counters->clock.ctx);
	char key[STS_STORE_KEY_MAX];
	struct sts_store_item item;

	(void)snprintf(key, sizeof(key), "bad/%" PRId64 "/%s", now, row->key);
	item = item_of(row, key, text);
	sts_log(counters->log, STS_LOG_WARNING, "tally-aside", "row=%s to=%s",
	    row->key, key);
	counters->store.ops->put(counters->store.ctx, STS_BUCKET_REPORT, &item,
	    sts_counters_in(counters, PUT_MS), on_aside, row);
}

static void
on_found(struct sts_hot *row, struct sts_str text)
{
	struct sts_tally *stored;
	enum sts_err err =
	    sts_hot_decode(row->counters, row->key, text, &stored);

	if (err == STS_OK)
		join(row, stored);
	else if (err == STS_ENOMEM)
		fail(row, err);
	else
		put_aside(row, text);
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_hot *row = arg;
	struct sts_counters *counters = row->counters;

	if (counters == NULL) {
		sts_hot_free(row);
		return;
	}
	if (status == STS_STORE_FOUND) {
		on_found(row, item->value);
	} else if (status == STS_STORE_FAILED) {
		note(counters, row->key, STS_ETEMP);
		fail(row, STS_ETEMP);
	} else if (!sts_counters_room(counters, row->key)) {
		fail(row, STS_ELIMIT);
	} else {
		sts_hot_write(row);
	}
}

void
sts_hot_load(struct sts_hot *row)
{
	struct sts_counters *counters = row->counters;

	counters->store.ops->get(counters->store.ctx, STS_BUCKET_REPORT,
	    sts_str(row->key), sts_counters_in(counters, GET_MS), on_got, row);
}
