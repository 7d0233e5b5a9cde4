/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "override_task.h"
#include "recorder.h"
#include "sts/engine_admin.h"
#include "sts/policy.h"
#include "task.h"
#include "tlsa.h"
#include "wishes.h"

enum text { MX, ADDR, FROM, HELO, DETAIL, TEXTS };

/* A result, until it is counted. */
struct pending {
	const struct sts_recording *recording;
	sts_store_done_cb *done;
	void *arg;
	enum sts_result_type result;
	bool bound, none;
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

/* What is held now; nobody is asked for a report's sake. */
static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	const struct sts_policy *policy = NULL;

	if (err == STS_OK && view->answer.kind == STS_ANSWER_POLICY)
		policy = view->answer.policy;
	count(arg, policy);
}

/* A word of a question, as it was before %HH. */
static void
keep(struct sts_str word, char text[STS_TALLY_TEXT + 1])
{
	char buf[STS_TALLY_TEXT + 1];
	struct sts_str plain = {"", 0};

	if (word.n > 0 &&
	    sts_word_plain(word, buf, sizeof(buf), &plain) != STS_OK)
		plain = word;
	if (plain.n > STS_TALLY_TEXT)
		plain.n = STS_TALLY_TEXT;
	memcpy(text, plain.p, plain.n);
	text[plain.n] = '\0';
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
	pending->done = done;
	pending->arg = arg;
	pending->result = record->result;
	pending->bound = record->bound;
	pending->none = record->none;
	(void)snprintf(
	    pending->domain, sizeof(pending->domain), "%s", record->domain);
	keep(record->mx, pending->text[MX]);
	keep(record->addr, pending->text[ADDR]);
	keep(record->from, pending->text[FROM]);
	keep(record->helo, pending->text[HELO]);
	keep(record->detail, pending->text[DETAIL]);
	if (record->tlsa)
		sts_tlsa_look(service, pending->text[MX], on_tlsa, pending);
	else
		sts_engine_show(
		    service->deps.engine, pending->domain, on_view, pending);
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

/* Would a success be counted, and be told to somebody, as far as is known? */
static bool
is_wanted(const struct sts_conn *conn, const char *domain)
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
	if (ends || is_wanted(task->conn, task->domain))
		sts_buf_text(task->out, " tell");
}
