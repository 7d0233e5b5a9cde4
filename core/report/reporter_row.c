/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "reporter_job.h"

/* What was accepted must not be sent again: it stays until it is written. */
static void
on_put(void *arg, enum sts_err err)
{
	struct sts_rep_job *job = arg;
	const struct sts_log *log;

	if (!sts_rep_job_answered(job))
		return;
	log = job->reporter->deps.log;
	if (err == STS_OK) {
		if (job->told)
			sts_log(log, STS_LOG_INFO, "report-saved", "row=%s",
			    job->key);
		job->told = job->fresh = false;
		job->saved(job);
		return;
	}
	if (!job->told)
		sts_log(log, STS_LOG_WARNING, "report-unsaved",
		    "row=%s reason=%s", job->key, sts_err_name(err));
	job->told = true;
}

static void
write_row(struct sts_rep_job *job)
{
	struct sts_store *store = &job->reporter->deps.store;
	struct sts_store_item item = {
	    .key = sts_str(job->key), .expiry = sts_rep_expiry(job->day)};
	char *text = sts_rep_state_encode(&job->state, &item.value.n);

	job->asked = true;
	item.value.p = text;
	if (text != NULL)
		store->ops->put(store->ctx, STS_BUCKET_REPORT, &item,
		    sts_rep_in(job->reporter, STS_REP_STORE_MS), on_put, job);
	else
		on_put(job, STS_ENOMEM);
	free(text);
}

void
sts_rep_rows_again(struct sts_reporter *reporter)
{
	struct sts_rep_job *job, *next;

	for (job = TAILQ_FIRST(&reporter->jobs); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		if (job->told && !job->asked)
			write_row(job);
	}
}

void
sts_rep_job_save(
    struct sts_rep_job *job, void (*saved)(struct sts_rep_job *job))
{
	job->saved = saved;
	sts_rep_parts_save(job);
	write_row(job);
}
