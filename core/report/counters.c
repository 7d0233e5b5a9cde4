/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters_impl.h"

#define DOMAINS_MAX 100000
#define HOT_MAX     1000
#define KEEP        (5 * STS_DAY_SECONDS)

void
sts_counters_defaults(struct sts_counters_config *config)
{
	config->domains_max = DOMAINS_MAX;
	config->hot_max = HOT_MAX;
	config->keep = KEEP;
}

int64_t
sts_counters_in(const struct sts_counters *counters, int64_t ms)
{
	return counters->clock.ops->mono(counters->clock.ctx) + ms;
}

static int64_t
today(const struct sts_counters *counters)
{
	return sts_day_of(counters->clock.ops->wall(counters->clock.ctx));
}

/* So that no one outside knows it: an address and the time. */
static uint64_t
seed(const struct sts_counters *counters)
{
	return (uint64_t)(uintptr_t)counters ^
	       (uint64_t)sts_counters_in(counters, 0) << 32;
}

struct sts_counters *
sts_counters_new(struct sts_store store, struct sts_clock clock,
    const struct sts_log *log, const struct sts_counters_config *config)
{
	struct sts_counters *counters = calloc(1, sizeof(*counters));

	if (counters == NULL)
		return NULL;
	counters->store = store;
	counters->clock = clock;
	counters->log = log;
	counters->config = *config;
	TAILQ_INIT(&counters->idle);
	TAILQ_INIT(&counters->busy);
	TAILQ_INIT(&counters->looks);
	if (sts_map_init(&counters->map, config->hot_max, seed(counters)) !=
	    STS_OK) {
		free(counters);
		return NULL;
	}
	sts_counters_turn(counters, today(counters));
	return counters;
}

/* The store still has it: what comes back finds nobody. */
static void
abandon(struct sts_hot *row)
{
	struct sts_counters *counters = row->counters;

	row->counters = NULL;
	TAILQ_REMOVE(&counters->busy, row, link);
	sts_counters_tell(counters, &row->writing, STS_ETEMP);
	sts_counters_tell(counters, &row->next, STS_ETEMP);
	sts_looks_abandon(&row->forgets, false);
}

void
sts_counters_free(struct sts_counters *counters)
{
	struct sts_hot *row;

	if (counters == NULL)
		return;
	sts_counters_stop_counting(counters);
	while ((row = TAILQ_FIRST(&counters->idle)) != NULL)
		sts_hot_drop(row);
	while ((row = TAILQ_FIRST(&counters->busy)) != NULL)
		abandon(row);
	sts_looks_abandon(&counters->looks, true);
	sts_map_fini(&counters->map);
	free(counters);
}

void
sts_counters_tell(struct sts_counters *counters, struct sts_waiters *waiters,
    enum sts_err err)
{
	struct sts_waiter *w, *next = waiters->first;

	waiters->first = NULL;
	waiters->last = &waiters->first;
	while ((w = next) != NULL) {
		enum sts_err said = err != STS_OK ? err : w->err;

		next = w->next;
		if (said != STS_OK)
			counters->stats.dropped++;
		else
			counters->stats.results++;
		if (said == STS_OK && w->failure)
			counters->stats.failures++;
		if (w->cb != NULL)
			w->cb(w->arg, said);
		free(w);
	}
}

/* Count it in the row's tally; somebody waits for the next write then. */
static enum sts_err
count(struct sts_hot *row, const struct sts_tls_result *result,
    sts_store_done_cb *cb, void *arg)
{
	struct sts_waiter *w = malloc(sizeof(*w));
	enum sts_err err = STS_ENOMEM;

	if (w != NULL)
		err = sts_tally_add(row->tally, result);
	if (err != STS_OK && err != STS_ELIMIT) {
		free(w);
		return err;
	}
	*w = (struct sts_waiter){.cb = cb,
	    .arg = arg,
	    .failure = result->result != STS_RESULT_SUCCESS,
	    .err = err};
	*row->next.last = w;
	row->next.last = &w->next;
	return STS_OK;
}

static enum sts_err
add(struct sts_counters *counters, const struct sts_tls_result *result,
    sts_store_done_cb *cb, void *arg)
{
	int64_t day = today(counters);
	char key[STS_HOT_KEY];
	struct sts_hot *row;
	enum sts_err err;
	bool made;

	sts_counters_turn(counters, day);
	if (!sts_hot_key(day, result->domain, key))
		return STS_EINVAL;
	row = sts_hot_find(counters, key);
	made = row == NULL;
	if (made) {
		err = sts_hot_new(counters, key, day, &row);
		if (err != STS_OK)
			return err;
	}
	err = count(row, result, cb, arg);
	if (err != STS_OK && made)
		sts_hot_drop(row);
	else if (made)
		sts_hot_load(row);
	else if (err == STS_OK && row->state == STS_HOT_IDLE)
		sts_hot_write(row);
	return err;
}

void
sts_counters_add(struct sts_counters *counters,
    const struct sts_tls_result *result, sts_store_done_cb *cb, void *arg)
{
	enum sts_err err = add(counters, result, cb, arg);

	if (err == STS_OK)
		return;
	counters->stats.dropped++;
	if (cb != NULL)
		cb(arg, err);
}

void
sts_counters_watch(
    struct sts_counters *counters, sts_counters_changed_cb *cb, void *arg)
{
	counters->changed = cb;
	counters->changed_arg = arg;
}

void
sts_counters_stats(
    const struct sts_counters *counters, struct sts_counters_stats *out)
{
	*out = counters->stats;
}
