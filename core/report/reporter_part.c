/* SPDX-License-Identifier: ISC */
/*
 * The report of a cluster. Who has the lease closes the hosts' parts: from then
 * on they stay as they are, so whoever sends it, and however often, sends the
 * same. The part that closes them is the report's state, for all hosts. What a
 * host has counted beyond its closed part, as it was cut off, it sends later in
 * a report of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "reporter_job.h"
#include "reporter_push.h"
#include "tally_parts.h"

#define LEASE    "report/"
#define ASK_MS   10000
#define LOOK     300 /* again, while another host is at it */
#define HOST     "h:"
#define AWAY     "cluster: nobody answered"
#define NOT_SEEN "cluster: what was put is not there"
#define LOST     "cluster: Redis has lost what was put"

struct sts_rep_parts {
	struct sts_tally *own;  /* what this host has counted */
	struct sts_tally *held; /* its part as it was put */
	struct sts_tally *sum;  /* of all parts */
	bool closed, closing;
	bool ours;   /* this host says what the state is */
	bool broken; /* there was no memory for all of it */
	char name[STS_SHARED_PART + 1];
	struct sts_rep_state state; /* if they are closed */
	size_t n_in;
	uint32_t in[STS_REP_HOSTS]; /* the digests of those that are there */
};

/* Of a host's part, as it is put. */
static uint32_t
digest(struct sts_str name, struct sts_str part)
{
	uLong sum = crc32(0, (const Bytef *)name.p, (uInt)name.n);

	return (uint32_t)crc32(sum, (const Bytef *)part.p, (uInt)part.n);
}

void
sts_rep_part_name(
    const struct sts_reporter *reporter, char out[STS_SHARED_PART + 1])
{
	const char *host = reporter->deps.host;

	(void)snprintf(out, STS_SHARED_PART + 1, HOST "%.*s",
	    STS_SHARED_PART - 2, host != NULL ? host : "");
}

static void
clear(struct sts_rep_parts *parts)
{
	sts_tally_free(parts->held);
	sts_tally_free(parts->sum);
	parts->held = parts->sum = NULL;
	parts->closed = parts->broken = false;
	parts->n_in = 0;
}

void
sts_rep_parts_end(struct sts_rep_job *job)
{
	const struct sts_shared *shared = &job->reporter->deps.shared;
	char key[sizeof(LEASE) + STS_REP_KEY];

	if (job->leased) {
		(void)snprintf(
		    key, sizeof(key), LEASE "%s", STS_REP_PARTS_KEY(job->key));
		shared->ops->release(shared->ctx, sts_str(key));
	}
	job->leased = false;
	if (job->parts == NULL)
		return;
	clear(job->parts);
	sts_tally_free(job->parts->own);
	free(job->parts);
	job->parts = NULL;
}

void
sts_rep_put_closed(struct sts_reporter *reporter, const char *key, int64_t day,
    struct sts_str row)
{
	const struct sts_shared *shared = &reporter->deps.shared;
	int64_t wall = sts_rep_wall(reporter);
	const struct sts_store_item item = {
	    .key = sts_str(STS_REP_PARTS_KEY(key)),
	    .value = row,
	    .expiry = sts_rep_expiry(day),
	    .fetched = wall,
	    .checked = wall};

	shared->ops->put_part(shared->ctx, sts_str(STS_SHARED_CLOSED), &item);
}

/* The state that all hosts go by. */
static void
put_state(struct sts_rep_job *job)
{
	size_t n;
	char *text = sts_rep_state_encode(&job->state, &n);

	if (text != NULL)
		sts_rep_put_closed(job->reporter, job->key, job->day,
		    (struct sts_str){text, n});
	free(text);
}

void
sts_rep_parts_save(struct sts_rep_job *job)
{
	if (job->parts != NULL && job->parts->ours)
		put_state(job);
}

/* Redis has lost this host's part since; was it in the report, and all that is
 * counted in it? */
static bool
was_in(const struct sts_rep_parts *parts)
{
	char *text = NULL;
	size_t n;
	bool in = parts->held == NULL &&
		  sts_tally_encode(parts->own, &text, &n) == STS_OK &&
		  sts_rep_state_in(&parts->state,
		      digest(sts_str(parts->name), (struct sts_str){text, n}));

	free(text);
	return in;
}

static struct sts_tally *
left_of(const struct sts_rep_parts *parts)
{
	struct sts_tally *left = NULL;

	if (parts->held != NULL)
		(void)sts_tally_since(parts->own, parts->held, &left);
	else if ((left = sts_tally_new(parts->own->domain, parts->own->day)) !=
		 NULL)
		(void)sts_tally_merge(left, parts->own);
	return left;
}

bool
sts_rep_parts_left(struct sts_rep_job *job)
{
	struct sts_rep_parts *parts = job->parts;
	struct sts_tally *left;
	bool any;

	if (parts == NULL || job->state.own ||
	    job->state.state != STS_REPORT_SENT || was_in(parts))
		return false;
	left = left_of(parts);
	/* Without memory: some, as it would be said when there is. */
	any = left == NULL || sts_tally_sessions(left) > 0;
	sts_tally_free(left);
	if (!any)
		return false;
	sts_rep_parts_save(job);
	parts->ours = false;
	memset(&job->state, 0, sizeof(job->state));
	job->state.state = STS_REPORT_DUE;
	job->state.own = true;
	return true;
}

static void
fail(struct sts_rep_job *job, const char *why)
{
	sts_rep_job_try(job);
	sts_rep_job_again(job, why);
}

static void
try_with(struct sts_rep_job *job, struct sts_tally *tally)
{
	sts_tally_free(job->tally);
	job->tally = tally;
	if (tally == NULL)
		fail(job, "no memory");
	else
		sts_rep_try(job);
}

/* Another host has it sent; or it is for this one to go on. */
static void
go_by_state(struct sts_rep_job *job)
{
	struct sts_rep_parts *parts = job->parts;
	const struct sts_rep_state *state = &parts->state;
	struct sts_tally *sum;

	if (state->state != STS_REPORT_DUE) {
		job->theirs = true;
		memcpy(job->state.id, state->id, sizeof(state->id));
		memcpy(job->state.in, state->in, sizeof(state->in));
		job->state.n_in = state->n_in;
		sts_rep_job_close(job, state->state,
		    state->last[0] != '\0' ? state->last : "by another host");
	} else if (!job->now && state->next > sts_rep_wall(job->reporter)) {
		sts_rep_job_wait(job, state->next);
	} else {
		parts->ours = true;
		job->state = *state;
		memcpy(job->state.in, parts->in, sizeof(parts->in));
		parts->state.n_in = job->state.n_in = parts->n_in;
		sum = parts->sum;
		parts->sum = NULL;
		if (sum != NULL)
			try_with(job, sum);
		else /* nobody's was there: each sends its own */
			sts_rep_job_close(job, STS_REPORT_SENT, "no parts");
	}
}

static void ask_parts(struct sts_rep_job *job);

/* From here on they stay as they are: see which those are. */
static void
close_parts(struct sts_rep_job *job)
{
	struct sts_rep_state mine = job->state;

	job->parts->closing = true;
	sts_rep_push_tally(job->reporter, job->parts->own);
	/* Who has accepted it has it, whatever Redis has lost since. */
	if (mine.n_mark == 0)
		memset(&job->state, 0, sizeof(job->state));
	job->state.state = STS_REPORT_DUE;
	put_state(job);
	job->state = mine;
	ask_parts(job);
}

/* Or it was never there; the others may have to put theirs again, too, or
 * know that the report is sent. */
static void
put_again(struct sts_rep_job *job)
{
	sts_rep_push_tally(job->reporter, job->parts->own);
	fail(job, LOST);
}

static void
on_parts(void *arg, enum sts_err err)
{
	struct sts_rep_job *job = arg;
	struct sts_rep_parts *parts;

	if (!sts_rep_job_answered(job))
		return;
	parts = job->parts;
	if (err != STS_OK || parts->broken)
		fail(job, err != STS_OK ? AWAY : "no memory");
	else if (!parts->closed && (parts->closing || job->state.own))
		fail(job, NOT_SEEN);
	else if (!parts->closed && parts->held == NULL)
		put_again(job);
	else if (!parts->closed)
		close_parts(job);
	else if (job->state.own)
		try_with(job, left_of(parts));
	else
		go_by_state(job);
}

static void
add_part(struct sts_rep_job *job, struct sts_str name, struct sts_tally *tally)
{
	struct sts_rep_parts *parts = job->parts;

	if (parts->sum == NULL)
		parts->sum = sts_tally_new(job->domain, job->day);
	if (parts->sum == NULL)
		parts->broken = true;
	else if (sts_tally_merge(parts->sum, tally) == STS_EINVAL)
		sts_log(job->reporter->deps.log, STS_LOG_WARNING,
		    "report-part-refused", "row=%s", job->key);
	if (sts_str_eq(name, parts->name) && parts->held == NULL)
		parts->held = tally;
	else
		sts_tally_free(tally);
}

static void
on_part(void *arg, struct sts_str name, const struct sts_store_item *item)
{
	struct sts_rep_job *job = arg;
	struct sts_rep_parts *parts = job->parts;
	struct sts_tally *tally = NULL;
	enum sts_err err;

	if (job->reporter == NULL)
		return;
	if (sts_str_eq(name, STS_SHARED_CLOSED)) {
		parts->closed =
		    sts_rep_state_decode(item->value, &parts->state);
	} else if ((err = sts_tally_decode(item->value, &tally)) == STS_OK) {
		add_part(job, name, tally);
		if (parts->n_in < STS_REP_HOSTS)
			parts->in[parts->n_in++] = digest(name, item->value);
	} else if (err == STS_ENOMEM) {
		parts->broken = true;
	}
}

static void
ask_parts(struct sts_rep_job *job)
{
	const struct sts_shared *shared = &job->reporter->deps.shared;

	clear(job->parts);
	job->asked = true;
	shared->ops->parts(shared->ctx, sts_str(STS_REP_PARTS_KEY(job->key)),
	    STS_REP_HOSTS, sts_rep_in(job->reporter, ASK_MS), on_part, on_parts,
	    job);
}

static void
on_lease(void *arg, enum sts_lease_status status)
{
	struct sts_rep_job *job = arg;

	if (!sts_rep_job_answered(job))
		return;
	/* None may be one that was granted too late. */
	job->leased = status != STS_LEASE_HELD;
	if (status == STS_LEASE_MINE)
		ask_parts(job);
	else if (status == STS_LEASE_HELD)
		sts_rep_job_wait(job, sts_rep_wall(job->reporter) + LOOK);
	else
		fail(job, AWAY);
}

static void
ask_lease(struct sts_rep_job *job)
{
	const struct sts_shared *shared = &job->reporter->deps.shared;
	char key[sizeof(LEASE) + STS_REP_KEY];

	(void)snprintf(
	    key, sizeof(key), LEASE "%s", STS_REP_PARTS_KEY(job->key));
	job->asked = true;
	shared->ops->lease(shared->ctx, sts_str(key),
	    job->reporter->config.lease * 1000,
	    sts_rep_in(job->reporter, ASK_MS), on_lease, job);
}

void
sts_rep_parts_begin(struct sts_rep_job *job)
{
	int64_t calm = job->reporter->calm - sts_rep_in(job->reporter, 0);

	if (calm > 0) {
		sts_rep_job_wait(
		    job, sts_rep_wall(job->reporter) + (calm + 999) / 1000);
		return;
	}
	job->parts = calloc(1, sizeof(*job->parts));
	if (job->parts == NULL) {
		fail(job, "no memory");
		return;
	}
	job->parts->own = job->tally;
	job->tally = NULL;
	sts_rep_part_name(job->reporter, job->parts->name);
	if (job->state.own)
		ask_parts(job);
	else
		ask_lease(job);
}
