/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "override_task.h"
#include "recorder.h"
#include "route_impl.h"
#include "route_told.h"
#include "task.h"

enum want { WANT_WAIT, WANT_NOW, WANT_MX };

static sts_answer_cb on_answer;

static void
put_temp(struct sts_task *task, const char *reason, const char *detail,
    const char *id)
{
	struct sts_buf *out = task->out;

	task->tell = false;
	sts_buf_text(out, "STS1 temp ");
	sts_buf_text(out, task->domain);
	sts_buf_key(out, "reason", reason);
	if (detail[0] != '\0')
		sts_buf_key(out, "detail", detail);
	sts_buf_key(out, "mode", sts_mode_name(STS_MODE_ENFORCE));
	sts_buf_key(out, "id", id);
	sts_task_done(task);
}

static void
put_outcome(struct sts_task *task, const struct sts_outcome *outcome)
{
	struct sts_buf *out = task->out;
	bool host = outcome->kind == STS_ROUTE_HOST;

	if (outcome->kind == STS_ROUTE_TEMP) {
		put_temp(task, outcome->reason, outcome->detail, task->id);
		return;
	}
	sts_buf_text(out, host ? "STS1 route " : "STS1 blocked ");
	sts_buf_text(out, task->domain);
	sts_buf_key(out, "mode", sts_mode_name(STS_MODE_ENFORCE));
	sts_buf_key(out, "id", outcome->id);
	if (host) {
		sts_buf_key(out, "host", outcome->host);
	} else {
		sts_buf_key(out, "reason", outcome->reason);
		sts_buf_key(out, "detail", outcome->detail);
	}
	sts_buf_key_number(out, "until", outcome->until_wall);
	if (host && sts_record_allowed(task->conn))
		sts_routes_told(
		    sts_routes_of(task->conn->service), task->domain);
	sts_task_done(task);
}

/* The line that was begun, with the host that its mail goes to first. */
static void
put_first(struct sts_task *task, const struct sts_mx *mx, size_t n)
{
	char buf[STS_DOMAIN_SIZE];
	const char *first =
	    sts_route_first(sts_routes_of(task->conn->service), mx, n, buf);

	if (first == NULL) {
		sts_task_temp(task, "own-mx", "");
		return;
	}
	sts_buf_text(task->out, task->asked);
	sts_buf_key(task->out, "mx", first);
	sts_task_done(task);
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_task *task = arg;
	struct sts_mx implicit = {0, ""};
	char reason[32];

	task->mx = NULL;
	switch (answer->status) {
	case STS_DNS_FOUND:
		put_first(task, answer->mx, answer->n_mx);
		return;
	case STS_DNS_ABSENT: /* RFC 5321 section 5.1 */
		snprintf(
		    implicit.host, sizeof(implicit.host), "%s", task->domain);
		put_first(task, &implicit, 1);
		return;
	default:
		snprintf(reason, sizeof(reason), "dns-%s",
		    sts_dns_status_name(answer->status));
		sts_task_temp(task, reason, "mx");
	}
}

/* What is written to task->out is there to stay: begin it elsewhere. */
static bool
begin_none(struct sts_task *task, const char *state, const char *reason,
    const char *detail)
{
	struct sts_buf line;

	sts_buf_init(&line, STS_LINE_MAX);
	sts_buf_text(&line, "STS1 none ");
	sts_buf_text(&line, task->domain);
	sts_buf_key(&line, "state", state);
	sts_buf_key(&line, "reason", reason);
	if (detail[0] != '\0')
		sts_buf_key(&line, "detail", detail);
	sts_buf_add(&line, "", 1);
	free(task->asked);
	task->asked = line.failed ? NULL : strdup(line.p);
	sts_buf_fini(&line);
	return task->asked != NULL;
}

static void
none(struct sts_task *task, const char *state, const char *reason,
    const char *detail)
{
	struct sts_dns_query *query;

	if (sts_routes_of(task->conn->service) == NULL ||
	    !begin_none(task, state, reason, detail)) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	if (task->want != WANT_MX) {
		sts_buf_text(task->out, task->asked);
		sts_task_done(task);
		return;
	}
	task->dns = task->conn->service->deps.dns;
	query = task->dns.ops->mx(
	    task->dns.ctx, task->domain, task->deadline, on_mx, task);
	if (!task->done)
		task->mx = query;
}

static void
on_late(void *arg)
{
	struct sts_task *task = arg;

	task->timer = NULL;
	sts_routes_leave(task->wait);
	task->wait = NULL;
	put_temp(task, "probing", "", task->id);
}

static void
on_outcome(void *arg, const struct sts_outcome *outcome)
{
	struct sts_task *task = arg;
	const struct sts_clock *clock = &task->conn->service->deps.clock;

	task->wait = NULL;
	clock->ops->cancel(clock->ctx, task->timer);
	task->timer = NULL;
	if (outcome->kind != STS_ROUTE_GONE && !outcome->testing)
		put_outcome(task, outcome);
	else if (task->again)
		sts_task_temp(task, "not-known", "");
	else {
		task->again = true;
		sts_task_ask(task, on_answer);
	}
}

static void
wait_for(struct sts_task *task, const struct sts_answer *answer)
{
	const struct sts_service *service = task->conn->service;
	const struct sts_clock *clock = &service->deps.clock;

	task->wait = sts_routes_wait(
	    service->routes, task->domain, answer, on_outcome, task);
	if (task->wait != NULL)
		task->timer = clock->ops->timer(clock->ctx,
		    task->deadline + service->config.probe_timeout, on_late,
		    task);
	if (task->timer != NULL)
		return;
	sts_routes_leave(task->wait);
	task->wait = NULL;
	put_temp(task, "busy", "", task->id);
}

static void
enforced(struct sts_task *task, const struct sts_answer *answer)
{
	struct sts_routes *routes = task->conn->service->routes;
	const struct sts_outcome *kept = sts_routes_kept(
	    routes, task->domain, answer, task->want == WANT_NOW);

	snprintf(task->id, sizeof(task->id), "%s", answer->id);
	if (kept != NULL) {
		put_outcome(task, kept);
	} else if (task->want != WANT_NOW) {
		wait_for(task, answer);
	} else {
		sts_routes_look(routes, task->domain, answer);
		put_temp(task, "probing", "", task->id);
	}
}

static void
on_answer(void *arg, const struct sts_answer *answer)
{
	struct sts_task *task = arg;
	struct sts_routes *routes = task->conn->service->routes;

	if (answer->kind == STS_ANSWER_TEMP) {
		sts_task_temp(task, answer->reason, answer->detail);
	} else if (answer->kind == STS_ANSWER_NONE) {
		none(task, answer->state, answer->reason, answer->detail);
	} else if (answer->policy->mode == STS_MODE_NONE) {
		none(task, answer->state, "mode-none", "");
	} else if (answer->policy->mode == STS_MODE_ENFORCE) {
		enforced(task, answer);
	} else {
		/* For the log; nobody waits for it. */
		if (sts_routes_kept(routes, task->domain, answer, false) ==
		    NULL)
			sts_routes_look(routes, task->domain, answer);
		none(task, answer->state, "mode-testing", "");
	}
}

/* The policy is not at hand: what is known without asking for it? */
static void
put_known(struct sts_task *task)
{
	struct sts_routes *routes = task->conn->service->routes;
	const struct sts_outcome *kept = NULL;

	sts_query_drop(&task->query);
	if (sts_task_override(task) == NULL)
		kept = sts_routes_kept(routes, task->domain, NULL, false);
	if (kept != NULL) {
		snprintf(task->id, sizeof(task->id), "%s", kept->id);
		put_outcome(task, kept);
		return;
	}
	sts_routes_look(routes, task->domain, NULL);
	sts_task_temp(task, "not-known", "");
}

static bool
take_want(struct sts_task *task, const struct sts_question *question)
{
	task->want = WANT_WAIT;
	if (question->n < 2)
		return true;
	if (sts_str_eq(question->word[1], "now"))
		task->want = WANT_NOW;
	else if (sts_str_eq(question->word[1], "mx"))
		task->want = WANT_MX;
	else
		sts_task_error(task, "syntax", "want now or mx");
	return task->want != WANT_WAIT;
}

void
sts_verb_route(struct sts_task *task, const struct sts_question *question)
{
	if (!take_want(task, question) ||
	    !sts_task_policy_domain(task, question->word[0]))
		return;
	if (sts_routes_of(task->conn->service) == NULL) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	task->again = false;
	sts_task_ask(task, on_answer);
	if (task->want == WANT_NOW && !task->done)
		put_known(task);
}
