/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_REPORTER_JOB_H
#define STS_REPORT_REPORTER_JOB_H

#include "reporter_dest.h"
#include "reporter_impl.h"

/* Who asked for it by hand. */
struct sts_rep_waiter {
	struct sts_rep_waiter *next;
	sts_store_done_cb *done;
	void *arg;
};

struct sts_rep_parts;

/* One report under way: it waits for one answer at a time. */
struct sts_rep_job {
	TAILQ_ENTRY(sts_rep_job) link;
	struct sts_reporter *reporter; /* NULL: nobody wants it any more */
	bool asked; /* for what cannot be taken back: it waits for that */
	bool now;   /* by hand: whatever the hour */
	bool fresh; /* there is no row yet */
	bool leased;
	bool theirs; /* another host has sent it, or given it up */
	int64_t day;
	char domain[STS_DOMAIN_SIZE], key[STS_REP_KEY];
	struct sts_rep_state state;
	struct sts_rep_waiter *waiters;

	struct sts_tally *tally; /* what it tells */
	char *gzip, *mail;
	size_t n_gzip;
	struct sts_rep_dests dests;
	size_t at;          /* of them */
	struct sts_dns dns; /* that was asked */
	struct sts_dns_query *query;
	struct sts_send *send;
	void (*saved)(struct sts_rep_job *job);
	bool told; /* that it cannot be saved: each minute again */

	struct sts_rep_parts *parts; /* of a cluster; NULL: alone */
};

/* reporter_job.c: from the row to the row */
/* NULL: it is not under way. */
struct sts_rep_job *sts_rep_job_find(
    const struct sts_reporter *reporter, int64_t day, const char *domain);
void
sts_rep_job_due(struct sts_reporter *reporter, int64_t day, const char *domain);
void sts_rep_job_now(struct sts_reporter *reporter, int64_t day,
    const char *domain, sts_store_done_cb *done, void *arg);
void sts_rep_jobs_drop(struct sts_reporter *reporter);
/* It has asked, and now there is the answer. False: nobody wants it, and it is
 * gone. */
bool sts_rep_job_answered(struct sts_rep_job *job);
/* Not before then. */
void sts_rep_job_wait(struct sts_rep_job *job, int64_t next);
/* The try was for nothing, or not for all: again later, or given up. why goes
 * into the state's last; NULL: it is there. */
void sts_rep_job_again(struct sts_rep_job *job, const char *why);
/* It is over. */
void sts_rep_job_close(
    struct sts_rep_job *job, enum sts_report_state state, const char *why);
/* Another try. */
void sts_rep_job_try(struct sts_rep_job *job);
/* As whom it is sent. */
struct sts_reporter_name sts_rep_job_name(const struct sts_rep_job *job);

/* reporter_row.c: write the row, until that succeeds; then go on. */
void sts_rep_job_save(
    struct sts_rep_job *job, void (*saved)(struct sts_rep_job *job));
/* Those that could not be written. */
void sts_rep_rows_again(struct sts_reporter *reporter);

/* reporter_try.c: ask for the record, send job->tally to who wants it. */
void sts_rep_try(struct sts_rep_job *job);

/* reporter_part.c: of a cluster */
/* Have the lease, and what all hosts have counted; then try. */
void sts_rep_parts_begin(struct sts_rep_job *job);
void sts_rep_parts_end(struct sts_rep_job *job);
/* What is saved here is for the others, too. */
void sts_rep_parts_save(struct sts_rep_job *job);
/* It was sent, but not all that this host has counted was in it: then its
 * state is that of what is left, due now. */
bool sts_rep_parts_left(struct sts_rep_job *job);

#endif
