/* SPDX-License-Identifier: ISC */
/* One try: who wants the report now, and each of them that has not got it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter_job.h"

#define PREFIX  "_smtp._tls."
#define DNS_MS  30000
#define SEND_MS 120000

static void send_next(struct sts_rep_job *job);

static void
log_dest(const struct sts_rep_job *job, enum sts_level level, const char *event,
    const char *why)
{
	const char *to = job->dests.dest[job->at].to;
	char day[STS_DAY_TEXT], shown[256], reason[STS_SENDING_WHY];

	sts_day_text(job->day, day);
	sts_log(job->reporter->deps.log, level, event,
	    "domain=%s day=%s to=\"%s\" id=%s try=%u%s%s%s", job->domain, day,
	    sts_str_escape(sts_str(to), shown, sizeof(shown)), job->state.id,
	    job->state.tries, *why != '\0' ? " reason=\"" : "",
	    sts_str_escape(sts_str(why), reason, sizeof(reason)),
	    *why != '\0' ? "\"" : "");
}

static void
fail(struct sts_rep_job *job, const char *why)
{
	char day[STS_DAY_TEXT];

	sts_day_text(job->day, day);
	sts_log(job->reporter->deps.log, STS_LOG_INFO, "report-failed",
	    "domain=%s day=%s try=%u reason=\"%s\"", job->domain, day,
	    job->state.tries, why);
	sts_rep_job_again(job, why);
}

/* All have been tried: it is over when none of them is left. */
static void
tried(struct sts_rep_job *job)
{
	const struct sts_rep_state *state = &job->state;

	for (size_t i = 0; i < job->dests.n; i++)
		if (sts_rep_state_mark(state, job->dests.dest[i].to) == NULL &&
		    state->n_mark < STS_REP_MARKS) {
			sts_rep_job_again(job, NULL);
			return;
		}
	sts_rep_job_close(job,
	    sts_rep_state_accepted(state) ? STS_REPORT_SENT
					  : STS_REPORT_GIVEN_UP,
	    NULL);
}

/* What the last one said is in the row before the next one is tried. */
static void
next(struct sts_rep_job *job)
{
	job->at++;
	send_next(job);
}

static void
on_sent(void *arg, enum sts_sent result, const char *why)
{
	struct sts_rep_job *job = arg;
	const char *to = job->dests.dest[job->at].to;
	bool accepted = result == STS_SENT_ACCEPTED;

	job->send = NULL;
	if (accepted)
		log_dest(job, STS_LOG_INFO, "report-sent", why);
	else if (result == STS_SENT_REFUSED)
		log_dest(job, STS_LOG_WARNING, "report-refused", why);
	else
		log_dest(job, STS_LOG_INFO, "report-failed", why);
	if (!accepted)
		(void)sts_str_escape(
		    sts_str(why), job->state.last, sizeof(job->state.last));
	if (accepted || result == STS_SENT_REFUSED) {
		(void)sts_rep_state_set(&job->state, to, accepted);
		sts_rep_job_save(job, next);
	} else {
		next(job);
	}
}

static void
send_mail(struct sts_rep_job *job, const char *to)
{
	struct sts_reporter *reporter = job->reporter;
	const struct sts_sending *sending = &reporter->deps.sending;
	const struct sts_reporter_name name = sts_rep_job_name(job);
	struct sts_send *made;
	size_t n = 0;
	enum sts_err err;

	free(job->mail);
	job->mail = NULL;
	err = sts_report_mail(&name, job->tally, to,
	    (struct sts_str){job->gzip, job->n_gzip}, sts_rep_wall(reporter),
	    &job->mail, &n);
	if (err != STS_OK) {
		on_sent(job,
		    err == STS_EINVAL ? STS_SENT_REFUSED : STS_SENT_LOCAL,
		    err == STS_EINVAL ? "no address for mail" : "no memory");
		return;
	}
	made = sending->ops->mail(sending->ctx, name.contact, to,
	    (struct sts_str){job->mail, n}, sts_rep_in(reporter, SEND_MS),
	    on_sent, job);
	if (made != NULL)
		job->send = made;
}

static void
post(struct sts_rep_job *job, const char *url)
{
	const struct sts_sending *sending = &job->reporter->deps.sending;
	struct sts_send *made = sending->ops->post(sending->ctx, url,
	    (struct sts_str){job->gzip, job->n_gzip},
	    sts_rep_in(job->reporter, SEND_MS), on_sent, job);

	if (made != NULL)
		job->send = made;
}

static void
send_next(struct sts_rep_job *job)
{
	while (job->at < job->dests.n) {
		const struct sts_rep_dest *dest = &job->dests.dest[job->at];

		if (sts_rep_state_mark(&job->state, dest->to) != NULL ||
		    job->state.n_mark == STS_REP_MARKS) {
			job->at++;
			continue;
		}
		if (dest->mail)
			send_mail(job, dest->to);
		else
			post(job, dest->to);
		return;
	}
	tried(job);
}

static enum sts_err
build(struct sts_rep_job *job)
{
	struct sts_reporter_name name = sts_rep_job_name(job);
	char *json = NULL;
	size_t n = 0;
	enum sts_err err;

	sts_report_id(&name, job->tally, job->state.id);
	err = sts_report_json(&name, job->tally, &json, &n);
	if (err == STS_OK)
		err = sts_report_gzip(
		    (struct sts_str){json, n}, &job->gzip, &job->n_gzip);
	free(json);
	return err;
}

static void
on_record(struct sts_rep_job *job, const struct sts_txt *txt)
{
	struct sts_tlsrpt record;
	enum sts_err err = sts_tlsrpt_parse(txt, &record, NULL);

	if (err == STS_OK)
		sts_rep_dests(&record, &job->dests);
	if (err == STS_OK)
		err = job->dests.n > 0 ? build(job) : STS_ENOENT;
	if (err == STS_OK)
		send_next(job);
	else if (err == STS_ENOENT)
		sts_rep_job_close(job, STS_REPORT_NONE, "no usable record");
	else
		fail(job, sts_err_name(err));
}

static void
on_txt(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_rep_job *job = arg;
	char why[STS_SENDING_WHY];

	job->query = NULL;
	if (answer->status == STS_DNS_FOUND) {
		on_record(job, &answer->txt);
	} else if (answer->status == STS_DNS_ABSENT) {
		sts_rep_job_close(job, STS_REPORT_NONE, "no record");
	} else {
		(void)snprintf(why, sizeof(why), "TXT: %s",
		    sts_dns_status_name(answer->status));
		fail(job, why);
	}
}

void
sts_rep_try(struct sts_rep_job *job)
{
	char name[sizeof(PREFIX) + STS_DOMAIN_MAX];
	struct sts_dns_query *query;
	int n = snprintf(name, sizeof(name), PREFIX "%s", job->domain);

	if (n > STS_DOMAIN_MAX) {
		sts_rep_job_close(job, STS_REPORT_NONE, "no name for a record");
		return;
	}
	sts_rep_job_try(job);
	job->state.last[0] = '\0';
	job->dns = job->reporter->deps.dns;
	query = job->dns.ops->txt(
	    job->dns.ctx, name, sts_rep_in(job->reporter, DNS_MS), on_txt, job);
	if (query != NULL)
		job->query = query;
}
