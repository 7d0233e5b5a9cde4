/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_REPORTER_IMPL_H
#define STS_REPORT_REPORTER_IMPL_H

#include <sys/queue.h>

#include "reporter_state.h"

#define STS_REP_STORE_MS 5000
#define STS_REP_TICK_MS  60000
#define STS_REP_QUEUE    256 /* of what is due, in memory */

struct sts_rep_job;
struct sts_rep_pass;
struct sts_rep_sweep;
struct sts_rep_list;
struct sts_rep_push;
struct sts_rep_kept;
struct sts_rep_test;
TAILQ_HEAD(sts_rep_jobs, sts_rep_job);
TAILQ_HEAD(sts_rep_lists, sts_rep_list);

/*
 * The rows of the store say what is due when; in memory there is only what is
 * under way, and a few that are next. What has asked for an answer that cannot
 * be taken back outlives the reporter: its reporter is NULL then.
 */
struct sts_reporter {
	struct sts_reporter_deps deps;
	struct sts_reporter_config config;
	struct sts_timer *tick, *pump;
	struct sts_rep_jobs jobs;
	size_t n_jobs;
	struct sts_rep_lists lists;
	struct sts_rep_pass *pass;   /* NULL: no day is being closed */
	struct sts_rep_sweep *sweep; /* NULL: none goes on */
	struct sts_rep_push *push;   /* NULL: there is no cluster */
	struct sts_rep_test *test;   /* NULL: none is under way */
	struct sts_rep_kept *kept;
	bool again;         /* put all rows of the cluster's again */
	int64_t calm;       /* mono: until then others may be doing so */
	int64_t passed_day; /* the days before it have been closed */
	int64_t pass_at;    /* wall: to look for more of them */
	int64_t wake;       /* wall: the first row may be due */
	int64_t patience; /* mono: so long it waits for the cluster; 0: over */
	struct sts_reporter_stats stats;
	char queue[STS_REP_QUEUE][STS_REP_KEY];
	size_t queue_at, queue_n;
};

/* reporter.c */
int64_t sts_rep_wall(const struct sts_reporter *reporter);
/* On the clock of deadlines, so many milliseconds from now. */
int64_t sts_rep_in(const struct sts_reporter *reporter, int64_t ms);
struct sts_timer *sts_rep_timer(struct sts_reporter *reporter, int64_t ms,
    void (*fn)(void *arg), void *arg);
/* A row is due then. */
void sts_rep_wake(struct sts_reporter *reporter, int64_t wall);
/* Soon: begin what is next. */
void sts_rep_pump(struct sts_reporter *reporter);

/* reporter_day.c: a row for each domain of the days that are over */
void sts_rep_pass_begin(struct sts_reporter *reporter);
void sts_rep_pass_drop(struct sts_reporter *reporter);

/* reporter_sweep.c: rows that are due into the queue, as many as there is room
 * for; again when it is empty */
void sts_rep_sweep_begin(struct sts_reporter *reporter);
void sts_rep_sweep_more(struct sts_reporter *reporter);
void sts_rep_sweep_drop(struct sts_reporter *reporter);

/* reporter_test.c */
void sts_rep_test_drop(struct sts_reporter *reporter);

/* reporter_list.c */
void sts_rep_lists_drop(struct sts_reporter *reporter);

#endif
