/* SPDX-License-Identifier: ISC */
/*
 * How many domains the day has: when it begins, and at the start, the rows
 * that are there are counted, a few at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters_impl.h"

#define STEP     500 /* rows */
#define PAUSE_MS 10
#define WALK_MS  2000

struct sts_counting {
	struct sts_counters *counters; /* NULL: nobody wants to know */
	char cursor[STS_HOT_KEY];      /* the last row that was counted */
	size_t seen;                   /* in this step */
	bool walking, past;            /* past: the day's rows are counted */
	struct sts_timer *timer;
};

static void
counting_end(struct sts_counting *counting)
{
	counting->counters->counting = NULL;
	free(counting);
}

static int
each(void *arg, const struct sts_store_item *item)
{
	struct sts_counting *counting = arg;

	if (counting->counters == NULL)
		return 1;
	counting->past =
	    item->key.n <= STS_HOT_DATE || item->key.n >= STS_HOT_KEY ||
	    memcmp(item->key.p, counting->cursor, STS_HOT_DATE) != 0;
	if (counting->past)
		return 1;
	memcpy(counting->cursor, item->key.p, item->key.n);
	counting->cursor[item->key.n] = '\0';
	counting->seen++;
	counting->counters->stats.domains++;
	return 0;
}

static void step(void *arg);

static void
walked(void *arg, enum sts_err err)
{
	struct sts_counting *counting = arg;
	struct sts_counters *counters = counting->counters;

	if (counters == NULL) {
		free(counting);
		return;
	}
	counting->walking = false;
	if (err == STS_OK && !counting->past && counting->seen == STEP)
		counting->timer =
		    counters->clock.ops->timer(counters->clock.ctx,
			sts_counters_in(counters, PAUSE_MS), step, counting);
	if (counting->timer == NULL)
		counting_end(counting);
}

static void
step(void *arg)
{
	struct sts_counting *counting = arg;
	struct sts_store *store = &counting->counters->store;

	counting->timer = NULL;
	counting->seen = 0;
	counting->walking = true;
	store->ops->walk(store->ctx, STS_BUCKET_REPORT,
	    sts_str(counting->cursor), STEP,
	    sts_counters_in(counting->counters, WALK_MS), each, walked,
	    counting);
}

void
sts_counters_stop_counting(struct sts_counters *counters)
{
	struct sts_counting *counting = counters->counting;

	counters->counting = NULL;
	if (counting == NULL)
		return;
	counters->clock.ops->cancel(counters->clock.ctx, counting->timer);
	counting->counters = NULL;
	if (!counting->walking)
		free(counting);
}

void
sts_counters_turn(struct sts_counters *counters, int64_t day)
{
	struct sts_counting *counting;
	char date[STS_DAY_TEXT];

	if (counters->day == day)
		return;
	sts_counters_stop_counting(counters);
	counters->day = day;
	counters->stats.domains = 0;
	counters->told_domains = counters->told_busy = false;
	/* Without memory only those that come are counted. */
	counting = calloc(1, sizeof(*counting));
	if (counting == NULL)
		return;
	sts_day_text(day, date);
	(void)snprintf(counting->cursor, sizeof(counting->cursor), "%s/", date);
	counting->counters = counters;
	counters->counting = counting;
	step(counting);
}

bool
sts_counters_room(struct sts_counters *counters, const char *key)
{
	const struct sts_counting *counting = counters->counting;

	if (counters->stats.domains < counters->config.domains_max) {
		/* Those that are still to be counted are counted then. */
		if (counting == NULL || strcmp(key, counting->cursor) <= 0)
			counters->stats.domains++;
		return true;
	}
	if (!counters->told_domains)
		sts_log(counters->log, STS_LOG_WARNING, "results-dropped",
		    "reason=domains-max domains=%zu",
		    counters->config.domains_max);
	counters->told_domains = true;
	return false;
}
