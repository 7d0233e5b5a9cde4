/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter_job.h"

struct sts_rep_job *
sts_rep_job_find(
    const struct sts_reporter *reporter, int64_t day, const char *domain)
{
	struct sts_rep_job *job;

	TAILQ_FOREACH (job, &reporter->jobs, link)
		if (job->day == day && strcmp(job->domain, domain) == 0)
			return job;
	return NULL;
}

static void
job_free(struct sts_rep_job *job)
{
	sts_tally_free(job->tally);
	free(job->gzip);
	free(job->mail);
	free(job);
}

static void
tell(struct sts_rep_job *job, enum sts_err err)
{
	struct sts_rep_waiter *waiter;

	while ((waiter = job->waiters) != NULL) {
		job->waiters = waiter->next;
		waiter->done(waiter->arg, err);
		free(waiter);
	}
}

static void
leave(struct sts_rep_job *job)
{
	sts_rep_parts_end(job);
	job->reporter->n_jobs--;
	job->reporter = NULL;
}

static void
job_end(struct sts_rep_job *job, enum sts_err err)
{
	sts_rep_pump(job->reporter);
	TAILQ_REMOVE(&job->reporter->jobs, job, link);
	leave(job);
	tell(job, err);
	job_free(job);
}

/* Nothing more will come of what it has asked, but what is asked of those who
 * take nothing back. */
static void
job_drop(struct sts_rep_job *job)
{
	const struct sts_reporter_deps *deps = &job->reporter->deps;

	if (job->query != NULL)
		job->dns.ops->cancel(job->dns.ctx, job->query);
	if (job->send != NULL)
		deps->sending.ops->cancel(deps->sending.ctx, job->send);
	leave(job);
	tell(job, STS_ETEMP);
	if (!job->asked)
		job_free(job);
}

void
sts_rep_jobs_drop(struct sts_reporter *reporter)
{
	struct sts_rep_job *job;

	while ((job = TAILQ_FIRST(&reporter->jobs)) != NULL) {
		TAILQ_REMOVE(&reporter->jobs, job, link);
		job_drop(job);
	}
}

bool
sts_rep_job_answered(struct sts_rep_job *job)
{
	job->asked = false;
	if (job->reporter != NULL)
		return true;
	job_free(job);
	return false;
}

/* As its state says. */
static void
end_as_is(struct sts_rep_job *job)
{
	enum sts_report_state state = job->state.state;

	if (state == STS_REPORT_SENT)
		job_end(job, STS_OK);
	else
		job_end(job, state == STS_REPORT_NONE ? STS_ENOENT : STS_ETEMP);
}

static void
on_waiting(struct sts_rep_job *job)
{
	sts_rep_wake(job->reporter, job->state.next);
	end_as_is(job);
}

void
sts_rep_job_wait(struct sts_rep_job *job, int64_t next)
{
	job->state.next = next;
	sts_rep_job_save(job, on_waiting);
}

static void
on_forgotten(void *arg, enum sts_err err)
{
	struct sts_rep_job *job = arg;

	(void)err; /* when the days are looked at again, it is forgotten */
	if (sts_rep_job_answered(job))
		end_as_is(job);
}

static void
count_end(struct sts_rep_job *job)
{
	struct sts_reporter_stats *stats = &job->reporter->stats;

	if (stats->pending > 0 && !job->fresh)
		stats->pending--;
	if (job->theirs)
		return;
	stats->sent += job->state.state == STS_REPORT_SENT;
	stats->given_up += job->state.state == STS_REPORT_GIVEN_UP;
}

static void
on_closed(struct sts_rep_job *job)
{
	count_end(job);
	job->asked = true;
	sts_counters_forget(job->reporter->deps.counters, job->day, job->domain,
	    on_forgotten, job);
}

static void
set_last(struct sts_rep_job *job, const char *why)
{
	if (why != NULL)
		(void)sts_str_escape(
		    sts_str(why), job->state.last, sizeof(job->state.last));
}

void
sts_rep_job_close(
    struct sts_rep_job *job, enum sts_report_state state, const char *why)
{
	const struct sts_log *log = job->reporter->deps.log;
	char day[STS_DAY_TEXT];

	sts_day_text(job->day, day);
	set_last(job, why);
	job->state.state = state;
	job->state.next = 0;
	if (state == STS_REPORT_GIVEN_UP)
		sts_log(log, STS_LOG_WARNING, "report-given-up",
		    "domain=%s day=%s reason=\"%s\"", job->domain, day,
		    job->state.last);
	else if (state == STS_REPORT_NONE)
		sts_log(log, STS_LOG_DEBUG, "report-none",
		    "domain=%s day=%s reason=\"%s\"", job->domain, day,
		    job->state.last);
	if (sts_rep_parts_left(job))
		sts_rep_job_wait(job, sts_rep_wall(job->reporter));
	else
		sts_rep_job_save(job, on_closed);
}

/* Twice as long after each try (RPT-7). */
static int64_t
pause_of(const struct sts_rep_job *job)
{
	const struct sts_reporter_config *config = &job->reporter->config;
	int64_t pause = config->retry;

	for (unsigned i = 1; i < job->state.tries; i++) {
		if (pause >= config->retry_max)
			break;
		pause *= 2;
	}
	return pause < config->retry_max ? pause : config->retry_max;
}

/* The last try is at the very end. Who has accepted has it all the same. */
void
sts_rep_job_again(struct sts_rep_job *job, const char *why)
{
	struct sts_reporter *reporter = job->reporter;
	int64_t wall = sts_rep_wall(reporter);
	int64_t end = job->state.first + reporter->config.give_up;
	int64_t next = wall + pause_of(job);

	set_last(job, why);
	reporter->stats.failed++;
	if (wall >= end) {
		sts_rep_job_close(job,
		    sts_rep_state_accepted(&job->state) ? STS_REPORT_SENT
							: STS_REPORT_GIVEN_UP,
		    NULL);
		return;
	}
	sts_rep_job_wait(job, next < end ? next : end);
}

static void
on_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	struct sts_rep_job *job = arg;

	if (!sts_rep_job_answered(job))
		return;
	if (err == STS_ENOENT && job->fresh) {
		job_end(job, STS_ENOENT);
		return;
	}
	if (err == STS_OK) {
		job->tally = sts_tally_new(job->domain, job->day);
		if (job->tally == NULL ||
		    sts_tally_merge(job->tally, tally) != STS_OK)
			err = STS_ENOMEM;
	}
	if (err == STS_ENOENT)
		sts_rep_job_close(job, STS_REPORT_NONE, "nothing counted");
	else if (err != STS_OK) {
		sts_rep_job_try(job);
		sts_rep_job_again(job, "what was counted cannot be read");
	} else if (job->reporter->deps.shared.ops != NULL)
		sts_rep_parts_begin(job);
	else
		sts_rep_try(job);
}

void
sts_rep_job_try(struct sts_rep_job *job)
{
	int64_t wall = sts_rep_wall(job->reporter);

	if (job->state.first == 0 || job->state.first > wall)
		job->state.first = wall;
	job->state.tries++;
}

struct sts_reporter_name
sts_rep_job_name(const struct sts_rep_job *job)
{
	struct sts_reporter_name name = job->reporter->config.name;

	name.host = job->state.own ? job->reporter->deps.host : NULL;
	return name;
}

static void
count(struct sts_rep_job *job)
{
	job->asked = true;
	sts_counters_get(
	    job->reporter->deps.counters, job->day, job->domain, on_tally, job);
}

static void
read_row(struct sts_rep_job *job, struct sts_str text)
{
	if (sts_rep_state_decode(text, &job->state))
		return;
	sts_log(job->reporter->deps.log, STS_LOG_WARNING,
	    "report-state-unreadable", "row=%s", job->key);
	memset(&job->state, 0, sizeof(job->state));
	job->state.state = STS_REPORT_DUE;
}

static void
on_row(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct sts_rep_job *job = arg;
	int64_t wall;

	if (!sts_rep_job_answered(job))
		return;
	wall = sts_rep_wall(job->reporter);
	job->fresh = status == STS_STORE_MISS;
	if (status == STS_STORE_FOUND)
		read_row(job, item->value);
	if (status == STS_STORE_FAILED) {
		sts_rep_wake(job->reporter, wall + job->reporter->config.retry);
		job_end(job, STS_ETEMP);
	} else if (job->state.state != STS_REPORT_DUE) {
		end_as_is(job);
	} else if (!job->now && job->state.next > wall) {
		sts_rep_wake(job->reporter, job->state.next);
		end_as_is(job);
	} else {
		count(job);
	}
}

static void
job_start(struct sts_reporter *reporter, int64_t day, const char *domain,
    struct sts_rep_waiter *waiter)
{
	struct sts_store *store = &reporter->deps.store;
	struct sts_rep_job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		sts_rep_wake(reporter, sts_rep_wall(reporter));
		if (waiter != NULL)
			waiter->done(waiter->arg, STS_ENOMEM);
		free(waiter);
		return;
	}
	job->reporter = reporter;
	job->day = day;
	memcpy(job->domain, domain, strlen(domain) + 1);
	sts_rep_key(day, domain, job->key);
	job->state.state = STS_REPORT_DUE;
	job->waiters = waiter;
	job->now = waiter != NULL;
	TAILQ_INSERT_TAIL(&reporter->jobs, job, link);
	reporter->n_jobs++;
	job->asked = true;
	store->ops->get(store->ctx, STS_BUCKET_REPORT, sts_str(job->key),
	    sts_rep_in(reporter, STS_REP_STORE_MS), on_row, job);
}

void
sts_rep_job_due(struct sts_reporter *reporter, int64_t day, const char *domain)
{
	if (sts_rep_job_find(reporter, day, domain) == NULL)
		job_start(reporter, day, domain, NULL);
}

void
sts_rep_job_now(struct sts_reporter *reporter, int64_t day, const char *domain,
    sts_store_done_cb *done, void *arg)
{
	struct sts_rep_job *job = sts_rep_job_find(reporter, day, domain);
	struct sts_rep_waiter *waiter = malloc(sizeof(*waiter));

	if (waiter == NULL) {
		done(arg, STS_ENOMEM);
		return;
	}
	*waiter = (struct sts_rep_waiter){NULL, done, arg};
	if (job == NULL) {
		job_start(reporter, day, domain, waiter);
		return;
	}
	waiter->next = job->waiters;
	job->waiters = waiter;
}
