/* SPDX-License-Identifier: ISC */
/*
 * The tallies in memory. Those that are idle may go at any time: the store has
 * them. Those that are busy may be more than the config says, but not endless.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters_impl.h"

#define IDLE_OCTETS ((size_t)16 * 1024 * 1024)
#define BUSY_OCTETS ((size_t)64 * 1024 * 1024)
#define BUSY_TIMES  8 /* hot_max */

bool
sts_hot_key(int64_t day, const char *domain, char key[STS_HOT_KEY])
{
	char name[STS_DOMAIN_SIZE], date[STS_DAY_TEXT];

	if (sts_host_parse(sts_str(domain), name) != STS_OK ||
	    strcmp(name, domain) != 0)
		return false;
	sts_day_text(day, date);
	(void)snprintf(key, STS_HOT_KEY, "%s/%s", date, name);
	return true;
}

struct sts_hot *
sts_hot_find(struct sts_counters *counters, const char *key)
{
	return (struct sts_hot *)sts_map_find(&counters->map, key);
}

static bool
above(const struct sts_counters *counters, size_t n, size_t octets)
{
	return counters->map.n >= n || counters->octets >= octets;
}

/* Make room for one more. */
static bool
evict(struct sts_counters *counters)
{
	const size_t max = counters->config.hot_max;
	struct sts_hot *row, *next;

	for (row = TAILQ_FIRST(&counters->idle);
	     row != NULL && above(counters, max, IDLE_OCTETS); row = next) {
		next = TAILQ_NEXT(row, link);
		sts_hot_drop(row);
	}
	return !above(counters, max * BUSY_TIMES, BUSY_OCTETS);
}

static void
weigh(struct sts_hot *row)
{
	size_t octets = sizeof(*row) + sizeof(*row->tally) + row->tally->octets;

	row->counters->octets += octets - row->octets;
	row->octets = octets;
}

enum sts_err
sts_hot_new(struct sts_counters *counters, const char *key, int64_t day,
    struct sts_hot **out)
{
	struct sts_hot *row;

	if (!evict(counters)) {
		if (!counters->told_busy)
			sts_log(counters->log, STS_LOG_WARNING,
			    "results-dropped", "reason=busy tallies=%zu",
			    counters->map.n);
		counters->told_busy = true;
		return STS_ELIMIT;
	}
	row = calloc(1, sizeof(*row));
	if (row == NULL)
		return STS_ENOMEM;
	memcpy(row->key, key, strlen(key) + 1);
	row->tally = sts_tally_new(key + STS_HOT_DATE, day);
	if (row->tally == NULL) {
		free(row);
		return STS_ENOMEM;
	}
	row->counters = counters;
	row->writing.last = &row->writing.first;
	row->next.last = &row->next.first;
	TAILQ_INIT(&row->forgets);
	row->state = STS_HOT_LOADING;
	sts_map_add(&counters->map, &row->node, row->key);
	TAILQ_INSERT_TAIL(&counters->busy, row, link);
	weigh(row);
	*out = row;
	return STS_OK;
}

static struct sts_hots *
list_of(const struct sts_hot *row)
{
	return row->state == STS_HOT_IDLE ? &row->counters->idle
					  : &row->counters->busy;
}

void
sts_hot_set(struct sts_hot *row, enum sts_hot_state state)
{
	TAILQ_REMOVE(list_of(row), row, link);
	row->state = state;
	TAILQ_INSERT_TAIL(list_of(row), row, link);
	weigh(row);
}

void
sts_hot_drop(struct sts_hot *row)
{
	struct sts_looks forgets = TAILQ_HEAD_INITIALIZER(forgets);
	struct sts_look *look;

	TAILQ_CONCAT(&forgets, &row->forgets, link);
	TAILQ_REMOVE(list_of(row), row, link);
	sts_map_del(&row->counters->map, &row->node);
	row->counters->octets -= row->octets;
	sts_hot_free(row);
	while ((look = TAILQ_FIRST(&forgets)) != NULL) {
		TAILQ_REMOVE(&forgets, look, link);
		sts_look_forget(look);
	}
}

void
sts_hot_free(struct sts_hot *row)
{
	sts_tally_free(row->tally);
	free(row);
}
