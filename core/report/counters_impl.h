/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_COUNTERS_IMPL_H
#define STS_REPORT_COUNTERS_IMPL_H

#include "counters_row.h"

/* A question to the store of who looks, or forgets. */
struct sts_look {
	TAILQ_ENTRY(sts_look) link;
	struct sts_counters *counters; /* NULL: nobody waits any more */
	sts_tally_cb *got;
	sts_counters_each_cb *each;
	sts_store_done_cb *done;
	void *arg;
	char key[STS_HOT_KEY]; /* of a list: the date */
};

struct sts_counting;

struct sts_counters {
	struct sts_store store;
	struct sts_clock clock;
	const struct sts_log *log;
	struct sts_counters_config config;
	struct sts_counters_stats stats;
	struct sts_map map;
	struct sts_hots idle, busy; /* idle: the least recently used first */
	size_t octets;
	struct sts_looks looks;
	int64_t day;                   /* stats.domains is of */
	struct sts_counting *counting; /* the rows of the day; NULL: counted */
	sts_counters_changed_cb *changed;
	void *changed_arg;
	bool failing, told_domains, told_busy;
};

/* counters.c: done with them, in their order; the list is empty then. */
void sts_counters_tell(struct sts_counters *counters,
    struct sts_waiters *waiters, enum sts_err err);
/* On the clock of deadlines, so many milliseconds from now. */
int64_t sts_counters_in(const struct sts_counters *counters, int64_t ms);

/* counters_day.c */
void sts_counters_turn(struct sts_counters *counters, int64_t day);
/* Another row of the day; false: it is one too many. */
bool sts_counters_room(struct sts_counters *counters, const char *key);
void sts_counters_stop_counting(struct sts_counters *counters);

/* counters_look.c */
/* Delete the row; of a look that waited for it to be idle. */
void sts_look_forget(struct sts_look *look);
/* Tell all STS_ETEMP. asked: the store will answer them all the same. */
void sts_looks_abandon(struct sts_looks *looks, bool asked);

#endif
