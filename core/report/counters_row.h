/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_COUNTERS_ROW_H
#define STS_REPORT_COUNTERS_ROW_H

#include <sys/queue.h>

#include "sts/day.h"
#include "sts/counters.h"
#include "sts/map.h"

/* "2026-01-31/a.example", with the NUL. */
#define STS_HOT_KEY  (STS_DAY_TEXT + STS_DOMAIN_SIZE)
#define STS_HOT_DATE 11 /* octets of "2026-01-31/" */

/* Who waits for a result to be committed. */
struct sts_waiter {
	struct sts_waiter *next;
	sts_store_done_cb *cb;
	void *arg;
	bool failure;     /* no success was reported */
	enum sts_err err; /* to be told if the write succeeds */
};

struct sts_waiters {
	struct sts_waiter *first, **last;
};

struct sts_look;
TAILQ_HEAD(sts_looks, sts_look);

enum sts_hot_state {
	STS_HOT_LOADING, /* results are counted in a tally of their own */
	STS_HOT_IDLE,
	STS_HOT_WRITING /* results are counted, and are written next */
};

/* A tally in memory. One call of the store is under way unless it is idle. */
struct sts_hot {
	struct sts_map_node node;
	TAILQ_ENTRY(sts_hot) link;
	struct sts_counters *counters; /* NULL: nobody waits any more */
	enum sts_hot_state state;
	struct sts_tally *tally;
	size_t octets; /* its share of counters->octets */
	struct sts_waiters writing, next;
	struct sts_looks forgets; /* wait until it is idle */
	char key[STS_HOT_KEY];
};
TAILQ_HEAD(sts_hots, sts_hot);

/* counters_table.c */
/* False: no domain to count of. */
bool sts_hot_key(int64_t day, const char *domain, char key[STS_HOT_KEY]);
struct sts_hot *sts_hot_find(struct sts_counters *counters, const char *key);
/* STS_ELIMIT: too many are busy. */
enum sts_err sts_hot_new(struct sts_counters *counters, const char *key,
    int64_t day, struct sts_hot **out);
/* Into the list of those idle, or busy. */
void sts_hot_set(struct sts_hot *row, enum sts_hot_state state);
/* Who waits to forget it goes on. */
void sts_hot_drop(struct sts_hot *row);
void sts_hot_free(struct sts_hot *row);

/* counters_row.c: between the table and the store; the row may be gone when
 * they return */
void sts_hot_load(struct sts_hot *row);
void sts_hot_write(struct sts_hot *row);
/* STS_ESYNTAX, STS_EINVAL: told in the log. */
enum sts_err sts_hot_decode(const struct sts_counters *counters,
    const char *key, struct sts_str text, struct sts_tally **out);

#endif
