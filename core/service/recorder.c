/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "override_task.h"
#include "recorder.h"
#include "sts/engine_admin.h"
#include "sts/match.h"
#include "sts/policy.h"
#include "task.h"
#include "tlsa.h"
#include "wishes.h"

enum text { MX, ADDR, FROM, HELO, DETAIL, TEXTS };

/* A result, until it is counted. */
struct pending {
	const struct sts_recording *recording;
	struct sts_engine *engine;
	sts_store_done_cb *done;
	void *arg;
	enum sts_result_type result;
	bool none;
	enum sts_record_doubt doubt;
	bool bound;
	bool found; /* which MX it was: not told, but by its address */
	char domain[STS_DOMAIN_SIZE];
	char text[TEXTS][STS_TALLY_TEXT + 1];
};

void
sts_recording_add(const struct sts_recording *recording,
    const struct sts_tls_result *result, sts_store_done_cb *done, void *arg)
{
	enum sts_err err;

	if (recording->collectd == NULL) {
		sts_counters_add(recording->counters, result, done, arg);
		return;
	}
	err = sts_collectd_add(recording->collectd, result);
	if (done != NULL)
		done(arg, err);
}

static void
on_counted(void *arg, enum sts_err err)
{
	struct pending *pending = arg;

	if (pending->done != NULL)
		pending->done(pending->arg, err);
	free(pending);
}

static struct sts_tls_result
result_of(const struct pending *pending)
{
	return (struct sts_tls_result){.domain = pending->domain,
	    .policy_type = STS_POLICY_NOT_FOUND,
	    .result = pending->result,
	    .mx = sts_str(pending->text[MX]),
	    .receiving_ip = sts_str(pending->text[ADDR]),
	    .sending_ip = sts_str(pending->text[FROM]),
	    .helo = sts_str(pending->text[HELO]),
	    .reason = sts_str(pending->text[DETAIL]),
	    .policy = sts_str("")};
}

static void
count(struct pending *pending, const struct sts_policy *policy)
{
	struct sts_tls_result result = result_of(pending);

	if (policy != NULL && policy->mode != STS_MODE_NONE && !pending->none) {
		if (pending->found &&
		    !sts_policy_match(policy, sts_str(pending->text[MX]))) {
			result.result = STS_RESULT_VALIDATION_FAILURE;
			result.reason = sts_str(STS_MX_MISMATCH);
		}
		result.policy_type = STS_POLICY_STS;
		result.policy = policy->text;
	} else if (pending->bound) {
		result.policy_type = STS_POLICY_STS;
	}
	sts_recording_add(pending->recording, &result, on_counted, pending);
}

/* RPT-14: under the host's own name. */
static void
on_tlsa(void *arg, struct sts_str text)
{
	struct pending *pending = arg;
	struct sts_tls_result result = result_of(pending);

	result.policy_type = STS_POLICY_TLSA;
	result.policy = text;
	sts_recording_add(pending->recording, &result, on_counted, pending);
}

/* What is held now; nobody is asked for a report's sake. Where that cannot be
 * read, it is not "no policy" that it was under. */
static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	struct pending *pending = arg;
	const struct sts_policy *policy = NULL;

	if (err == STS_OK && view->answer.kind == STS_ANSWER_POLICY)
		policy = view->answer.policy;
	if (err == STS_OK || err == STS_ENOENT || pending->bound ||
	    pending->none)
		count(pending, policy);
	else
		on_counted(pending, err);
}

static void
count_under_policy(struct pending *pending)
{
	sts_engine_show(pending->engine, pending->domain, on_view, pending);
}

/*
 * What a try came to is what the session would have: with a certificate that
 * is no good it did not succeed, or failed for that. False: nobody knows.
 */
static bool
take_try(struct pending *pending, const struct sts_probed *probed)
{
	bool failed = pending->doubt == STS_DOUBT_FAILURE;
	enum sts_result_type result;

	if (probed == NULL)
		return failed;
	if (probed->status == STS_PROBE_GOOD && !failed) {
		pending->result = STS_RESULT_SUCCESS;
		pending->text[DETAIL][0] = '\0';
		return true;
	}
	/* That there is no STARTTLS is not so: the session had it. */
	if (probed->status != STS_PROBE_DEFECT ||
	    sts_result_type_parse(sts_str(probed->result), &result) != STS_OK ||
	    result == STS_RESULT_STARTTLS_NOT_SUPPORTED)
		return failed;
	pending->result = result;
	snprintf(pending->text[DETAIL], sizeof(pending->text[DETAIL]), "%s",
	    probed->detail);
	return true;
}

static void
on_judged(void *arg, const char *host, const struct sts_probed *probed)
{
	struct pending *pending = arg;

	if (pending->text[MX][0] == '\0') {
		pending->found = host[0] != '\0';
		snprintf(
		    pending->text[MX], sizeof(pending->text[MX]), "%s", host);
	}
	if (pending->doubt == STS_DOUBT_NOTHING || take_try(pending, probed))
		count_under_policy(pending);
	else
		on_counted(pending, STS_OK);
}

/* A success has no details: its host is not looked for. One that nobody has
 * verified is none yet. */
static bool
is_vague(const struct pending *pending)
{
	if (pending->doubt == STS_DOUBT_SUCCESS)
		return true;
	return pending->text[MX][0] == '\0' && pending->text[ADDR][0] != '\0' &&
	       (pending->doubt != STS_DOUBT_NOTHING ||
		   pending->result != STS_RESULT_SUCCESS);
}

static void
keep(struct sts_str plain, char text[STS_TALLY_TEXT + 1])
{
	size_t n = plain.n < STS_TALLY_TEXT ? plain.n : STS_TALLY_TEXT;

	if (n > 0)
		memcpy(text, plain.p, n);
	text[n] = '\0';
}

/* What an administrator has put in the place of the domain's own word is not
 * the domain's to hear of. */
static bool
is_ours(const struct sts_service *service, const char *domain)
{
	const struct sts_override *override =
	    sts_overrides_find(service->overrides, domain);

	return override != NULL && !sts_override_asks(override);
}

void
sts_record(struct sts_service *service, const struct sts_record *record,
    sts_store_done_cb *done, void *arg)
{
	static const enum sts_judge_want wants[] = {
	    [STS_DOUBT_NOTHING] = STS_JUDGE_HOST,
	    [STS_DOUBT_SUCCESS] = STS_JUDGE_KNOWN,
	    [STS_DOUBT_FAILURE] = STS_JUDGE_ANEW};
	struct pending *pending = NULL;
	bool wanted = service->deps.recording != NULL &&
		      !is_ours(service, record->domain);

	if (wanted)
		pending = malloc(sizeof(*pending));
	if (pending == NULL) {
		if (done != NULL)
			done(arg, wanted ? STS_ENOMEM : STS_OK);
		return;
	}
	pending->recording = service->deps.recording;
	pending->engine = service->deps.engine;
	pending->done = done;
	pending->arg = arg;
	pending->result = record->result;
	pending->bound = record->bound;
	pending->none = record->none;
	pending->doubt = record->doubt;
	pending->found = false;
	(void)snprintf(
	    pending->domain, sizeof(pending->domain), "%s", record->domain);
	keep(record->mx, pending->text[MX]);
	keep(record->addr, pending->text[ADDR]);
	keep(record->from, pending->text[FROM]);
	keep(record->helo, pending->text[HELO]);
	keep(record->detail, pending->text[DETAIL]);
	if (record->tlsa)
		sts_tlsa_look(service, pending->text[MX], on_tlsa, pending);
	else if (is_vague(pending))
		sts_judge(service, wants[pending->doubt], pending->domain,
		    pending->text[MX], pending->text[ADDR], on_judged, pending);
	else
		count_under_policy(pending);
}

bool
sts_record_allowed(const struct sts_conn *conn)
{
	const struct sts_recording *recording = conn->service->deps.recording;

	if (recording == NULL)
		return false;
	if (conn->user == NULL || conn->user->uid == 0)
		return true;
	for (size_t i = 0; i < recording->n; i++)
		if (recording->uid[i] == conn->user->uid)
			return true;
	return false;
}

bool
sts_record_wanted(const struct sts_conn *conn, const char *domain)
{
	struct sts_service *service = conn->service;

	if (!sts_record_allowed(conn) || is_ours(service, domain))
		return false;
	/* Made by the first question: who has no reports does not pay. */
	if (service->wishes == NULL)
		service->wishes = sts_wishes_new(service);
	return service->wishes == NULL ||
	       sts_wishes_may(service->wishes, domain);
}

void
sts_task_put_tell(struct sts_task *task)
{
	const struct sts_override *override;
	bool ends; /* what "refused" began */

	if (!task->tell || task->domain[0] == '\0')
		return;
	override = sts_task_override(task);
	ends = (override == NULL || sts_override_asks(override)) &&
	       sts_engine_is_refused(
		   task->conn->service->deps.engine, task->domain);
	if (ends || sts_record_wanted(task->conn, task->domain))
		sts_buf_text(task->out, " tell");
}
