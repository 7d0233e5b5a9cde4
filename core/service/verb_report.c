/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "sts/day.h"
#include "sts/recording.h"
#include "sts/report.h"

#define PAGE    100 /* reports of one list */
#define DETAILS 100 /* failures of one report that are shown */

static const char *const states[] = {
    [STS_REPORT_OPEN] = "open",
    [STS_REPORT_DUE] = "due",
    [STS_REPORT_SENT] = "sent",
    [STS_REPORT_NONE] = "not-asked-for",
    [STS_REPORT_GIVEN_UP] = "given-up",
};

/* NULL: reports are off, which is answered. */
static const struct sts_recording *
recording_of(struct sts_task *task, bool to_send)
{
	const struct sts_recording *recording =
	    task->conn->service->deps.recording;

	if (recording != NULL && recording->collectd != NULL) {
		sts_task_error(task, "not-found",
		    "results go to tlsrpt-collectd (report_collectd)");
		return NULL;
	}
	if (recording == NULL || (to_send && recording->reporter == NULL)) {
		sts_task_error(task, "not-found",
		    "reports are off: no report_organization");
		return NULL;
	}
	return recording;
}

static bool
take_day(struct sts_str text, int64_t *day)
{
	char buf[STS_DAY_TEXT];

	if (text.n != sizeof(buf) - 1)
		return false;
	memcpy(buf, text.p, text.n);
	buf[text.n] = '\0';
	return sts_day_parse(buf, day);
}

/* DOMAIN day=YYYY-MM-DD; false: answered. */
static bool
take_words(
    struct sts_task *task, const struct sts_question *question, int64_t *day)
{
	enum sts_err err = sts_task_domain(task, question->word[0]);
	struct sts_str text;

	if (err == STS_EINVAL)
		sts_task_error(
		    task, "not-found", "nothing is counted of this domain");
	if (err != STS_OK)
		return false;
	if (sts_word_key(question->word[1], "day", &text) &&
	    take_day(text, day))
		return true;
	sts_task_error(task, "syntax", "want day=YYYY-MM-DD");
	return false;
}

static void
put_failure(struct sts_task *task, enum sts_err err)
{
	if (err == STS_ENOENT || err == STS_EINVAL)
		sts_task_error(task, "not-found",
		    "nothing is counted of this domain and day");
	else
		sts_task_temp(task, "report", sts_err_name(err));
}

static void
on_report(void *arg, const struct sts_report_view *view)
{
	struct sts_task *task = arg;
	char day[STS_DAY_TEXT];

	if (task->page == NULL || ++task->n_page > PAGE)
		return;
	sts_day_text(view->day, day);
	(void)json_array_append_new(task->page,
	    json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "day", day,
		"domain", view->domain, "state", states[view->state], "next",
		(json_int_t)view->next, "tries", (json_int_t)view->tries, "id",
		view->id, "last", view->last));
}

static void
on_reports(void *arg, enum sts_err err)
{
	struct sts_task *task = arg;
	json_t *page;

	if (!sts_task_unpin(task))
		return;
	page = task->page;
	task->page = NULL;
	if (err != STS_OK) {
		json_decref(page); /* half a list is none */
		put_failure(task, err);
		return;
	}
	sts_task_json(task, json_pack("{s:o, s:b}", "reports", page, "more",
				task->n_page > PAGE));
}

/* [after=YYYY-MM-DD/DOMAIN] */
void
sts_verb_reports(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_recording *recording = recording_of(task, true);
	const size_t n = STS_DAY_TEXT - 1;
	struct sts_str after = {"", 0};
	int64_t day = 0;

	if (recording == NULL)
		return;
	if (question->n == 1 &&
	    (!sts_word_key(question->word[0], "after", &after) ||
		after.n <= n || after.p[n] != '/' ||
		!take_day((struct sts_str){after.p, n}, &day))) {
		sts_task_error(task, "syntax", "want after=YYYY-MM-DD/DOMAIN");
		return;
	}
	if (after.n > 0 &&
	    sts_task_domain(task,
		(struct sts_str){after.p + n + 1, after.n - n - 1}) != STS_OK) {
		if (!task->done)
			sts_task_error(task, "domain", "not a domain name");
		return;
	}
	task->page = json_array();
	task->pinned = true;
	sts_reporter_list(recording->reporter, day, task->domain, PAGE + 1,
	    on_report, on_reports, task);
}

static json_t *
detail_json(const struct sts_tally_detail *detail)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "result",
	    sts_result_type_name(detail->result), "mx", detail->mx,
	    "receiving_ip", detail->receiving_ip, "sending_ip",
	    detail->sending_ip, "helo", detail->helo, "reason", detail->reason,
	    "sessions", (json_int_t)detail->sessions);
}

static json_t *
policy_json(const struct sts_tally_policy *policy)
{
	json_t *details = json_array();
	size_t i;

	for (i = 0; i < policy->n_detail && i < DETAILS; i++)
		(void)json_array_append_new(
		    details, detail_json(&policy->detail[i]));
	return json_pack("{s:s, s:I, s:I, s:o, s:I}", "type",
	    sts_policy_type_name(policy->type), "successful",
	    (json_int_t)policy->successful, "failed",
	    (json_int_t)policy->failed, "details", details, "details_count",
	    (json_int_t)policy->n_detail);
}

static void
on_tally(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	struct sts_task *task = arg;
	json_t *policies;
	char day[STS_DAY_TEXT];
	size_t i;

	if (!sts_task_unpin(task))
		return;
	if (err != STS_OK) {
		put_failure(task, err);
		return;
	}
	policies = json_array();
	for (i = 0; i < tally->n_policy; i++)
		(void)json_array_append_new(
		    policies, policy_json(&tally->policy[i]));
	sts_day_text(tally->day, day);
	sts_task_json(task, json_pack("{s:s, s:s, s:o, s:I}", "domain",
				tally->domain, "day", day, "policies", policies,
				"dropped", (json_int_t)tally->dropped));
}

void
sts_verb_report(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_recording *recording = recording_of(task, false);
	int64_t day;

	if (recording == NULL || !take_words(task, question, &day))
		return;
	task->pinned = true;
	sts_counters_get(
	    recording->counters, day, task->domain, on_tally, task);
}

/* As it would be sent, but for what other hosts have counted. */
static void
on_preview(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	struct sts_task *task = arg;
	const struct sts_recording *recording;
	char *text = NULL;
	size_t size = 0;

	if (!sts_task_unpin(task))
		return;
	recording = task->conn->service->deps.recording;
	if (err == STS_OK)
		err = sts_report_json(&recording->name, tally, &text, &size);
	if (err == STS_OK)
		sts_task_json(task, json_loadb(text, size, 0, NULL));
	else
		put_failure(task, err);
	free(text);
}

void
sts_verb_report_preview(
    struct sts_task *task, const struct sts_question *question)
{
	const struct sts_recording *recording = recording_of(task, false);
	int64_t day;

	if (recording == NULL || !take_words(task, question, &day))
		return;
	task->pinned = true;
	sts_counters_get(
	    recording->counters, day, task->domain, on_preview, task);
}

static void
on_sent(void *arg, enum sts_err err)
{
	struct sts_task *task = arg;

	if (!sts_task_unpin(task))
		return;
	if (err == STS_OK)
		sts_task_ok(task);
	else
		put_failure(task, err);
}

void
sts_verb_report_send(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_recording *recording = recording_of(task, true);
	int64_t day;

	if (recording == NULL || !take_words(task, question, &day))
		return;
	task->pinned = true;
	sts_reporter_send(
	    recording->reporter, day, task->domain, on_sent, task);
}

static void
on_tested(void *arg, enum sts_sent result, const char *why)
{
	struct sts_task *task = arg;

	if (!sts_task_unpin(task))
		return;
	if (result == STS_SENT_ACCEPTED)
		sts_task_ok(task);
	else if (result == STS_SENT_REFUSED)
		sts_task_error(task, "refused", why);
	else
		sts_task_temp(task, "report-test", why);
}

void
sts_verb_report_test(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_recording *recording = recording_of(task, true);
	char buf[256], to[256];
	struct sts_str plain;

	if (recording == NULL)
		return;
	if (sts_word_plain(question->word[0], buf, sizeof(buf), &plain) !=
		STS_OK ||
	    plain.n >= sizeof(to)) {
		sts_task_error(task, "syntax", "want an address");
		return;
	}
	memcpy(to, plain.p, plain.n);
	to[plain.n] = '\0';
	task->pinned = true;
	sts_reporter_test(recording->reporter, to, on_tested, task);
}
