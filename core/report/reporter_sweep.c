/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "reporter_push.h"

#define STEP 500 /* rows */

struct sts_rep_sweep {
	struct sts_reporter *reporter; /* NULL: nobody wants to know */
	bool walking, past;
	bool again;   /* put each where the others see it */
	bool held;    /* until there is room for more of that */
	size_t seen;  /* in this step */
	uint64_t due; /* in all: whatever the hour */
	char cursor[STS_REP_KEY];
};

/* Is there room for it? */
static bool
queue(struct sts_reporter *reporter, struct sts_str key)
{
	char *slot;

	if (reporter->queue_n == STS_REP_QUEUE)
		return false;
	slot = reporter->queue[reporter->queue_n++];
	memcpy(slot, key.p, key.n);
	slot[key.n] = '\0';
	return true;
}

/* Rows that cannot be read are begun anew, when they are next. */
static bool
take(struct sts_reporter *reporter, const struct sts_store_item *item)
{
	enum sts_report_state state = STS_REPORT_DUE;
	int64_t next = 0;

	(void)sts_rep_state_peek(item->value, &state, &next);
	if (state != STS_REPORT_DUE)
		return true;
	if (next <= sts_rep_wall(reporter)) {
		if (!queue(reporter, item->key))
			return false;
	} else {
		sts_rep_wake(reporter, next);
	}
	reporter->sweep->due++;
	return true;
}

/* False: not now. */
static bool
put_again(struct sts_reporter *reporter, struct sts_str key)
{
	char domain[STS_DOMAIN_SIZE];
	int64_t day;

	return !sts_rep_key_parse(key, &day, domain) ||
	       sts_rep_push_again(reporter, day, domain);
}

static int
each(void *arg, const struct sts_store_item *item)
{
	struct sts_rep_sweep *sweep = arg;
	const size_t n = sizeof(STS_REP_PREFIX) - 1;

	if (sweep->reporter == NULL)
		return 1;
	if (item->key.n < n || item->key.n >= STS_REP_KEY ||
	    memcmp(item->key.p, STS_REP_PREFIX, n) != 0) {
		sweep->past = true;
		return 1;
	}
	if (sweep->again && !put_again(sweep->reporter, item->key)) {
		sweep->held = true;
		return 1;
	}
	if (!take(sweep->reporter, item))
		return 1;
	memcpy(sweep->cursor, item->key.p, item->key.n);
	sweep->cursor[item->key.n] = '\0';
	sweep->seen++;
	return 0;
}

static void
walked(void *arg, enum sts_err err)
{
	struct sts_rep_sweep *sweep = arg;
	struct sts_reporter *reporter = sweep->reporter;

	if (reporter == NULL) {
		free(sweep);
		return;
	}
	sweep->walking = false;
	if (err != STS_OK || sweep->past ||
	    (sweep->seen < STEP && reporter->queue_n < STS_REP_QUEUE &&
		!sweep->held)) {
		if (err != STS_OK) {
			sts_rep_wake(reporter, sts_rep_wall(reporter));
			reporter->again |= sweep->again;
		} else {
			reporter->stats.pending = sweep->due;
		}
		reporter->sweep = NULL;
		free(sweep);
		sweep = NULL;
	}
	if (reporter->queue_n > 0 || (sweep != NULL && !sweep->held))
		sts_rep_pump(reporter);
}

void
sts_rep_sweep_more(struct sts_reporter *reporter)
{
	struct sts_rep_sweep *sweep = reporter->sweep;
	struct sts_store *store = &reporter->deps.store;

	if (sweep == NULL || sweep->walking)
		return;
	reporter->queue_at = reporter->queue_n = 0;
	sweep->seen = 0;
	sweep->held = false;
	sweep->walking = true;
	store->ops->walk(store->ctx, STS_BUCKET_REPORT, sts_str(sweep->cursor),
	    STEP, sts_rep_in(reporter, STS_REP_STORE_MS), each, walked, sweep);
}

void
sts_rep_sweep_begin(struct sts_reporter *reporter)
{
	struct sts_rep_sweep *sweep = calloc(1, sizeof(*sweep));

	if (sweep == NULL)
		return;
	sweep->reporter = reporter;
	sweep->again = reporter->again;
	reporter->again = false;
	memcpy(sweep->cursor, STS_REP_PREFIX, sizeof(STS_REP_PREFIX));
	reporter->sweep = sweep;
	reporter->wake = INT64_MAX;
	if (reporter->queue_at == reporter->queue_n)
		sts_rep_sweep_more(reporter);
}

void
sts_rep_sweep_drop(struct sts_reporter *reporter)
{
	struct sts_rep_sweep *sweep = reporter->sweep;

	reporter->sweep = NULL;
	if (sweep == NULL)
		return;
	sweep->reporter = NULL;
	if (!sweep->walking)
		free(sweep);
}
