/* SPDX-License-Identifier: ISC */
/*
 * A look at a domain of its own, beside the engine: what that knows is only
 * read. Cache, then TXT and MX together, then HTTPS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "json.h"
#include "sts/override.h"

#define NOTES_ROOM 36000 /* of the 65536 octets of an answer */

static int64_t
now(const struct sts_explain *explain)
{
	const struct sts_clock *clock = &explain->service->deps.clock;

	return clock->ops->mono(clock->ctx);
}

void
sts_explain_free(struct sts_explain *explain)
{
	if (explain == NULL)
		return;
	explain->service->n_explains--;
	if (explain->txt != NULL)
		explain->dns.ops->cancel(explain->dns.ctx, explain->txt);
	if (explain->mx != NULL)
		explain->dns.ops->cancel(explain->dns.ctx, explain->mx);
	if (explain->request != NULL)
		explain->http.ops->cancel(explain->http.ctx, explain->request);
	sts_look_free(&explain->held);
	sts_look_free(&explain->fresh);
	sts_overrides_free(explain->overrides);
	json_decref(explain->steps.list);
	free(explain->mx_list);
	free(explain);
}

/* Around all that may bring the last answer, possibly inside a call. */
static void
enter(struct sts_explain *explain)
{
	explain->depth++;
}

static void
leave(struct sts_explain *explain)
{
	struct sts_task *task = explain->task;
	json_t *json;

	if (--explain->depth > 0 || explain->open > 0)
		return;
	json = sts_explain_end(explain);
	task->explain = NULL;
	sts_explain_free(explain);
	sts_task_json(task, json);
}

static void
on_http(void *arg, const struct sts_http_answer *answer)
{
	struct sts_explain *explain = arg;

	enter(explain);
	explain->request = NULL;
	explain->open--;
	sts_explain_http(explain, answer);
	leave(explain);
}

/* As the engine does: with a record, or to refresh what holds (HTT-12). */
static void
fetch(struct sts_explain *explain)
{
	struct sts_service *service = explain->service;
	struct sts_http_request *request;
	unsigned open = explain->open;

	if ((!explain->have_id && !explain->live) ||
	    explain->http.ops == NULL) {
		sts_explain_unfetched(explain);
		return;
	}
	explain->open++;
	request =
	    explain->http.ops->get(explain->http.ctx, explain->task->domain,
		now(explain) + service->config.fetch_timeout, on_http, explain);
	if (explain->open > open)
		explain->request = request;
}

static void
on_txt(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_explain *explain = arg;

	enter(explain);
	explain->txt = NULL;
	explain->txt_open = false;
	explain->open--;
	sts_explain_txt(explain, answer);
	fetch(explain);
	leave(explain);
}

/* One host of our own making instead of records. */
static void
one_host(struct sts_explain *explain, const char *host)
{
	explain->mx_list = calloc(1, sizeof(*explain->mx_list));
	if (explain->mx_list == NULL) {
		explain->steps.failed = true;
		return;
	}
	snprintf(explain->mx_list[0].host, sizeof(explain->mx_list[0].host),
	    "%s", host);
	explain->n_mx = 1;
}

static void
keep_mx(struct sts_explain *explain, const struct sts_dns_answer *answer)
{
	if (answer->status == STS_DNS_ABSENT) { /* RFC 5321 section 5.1 */
		one_host(explain, explain->task->domain);
		return;
	}
	if (answer->status != STS_DNS_FOUND || answer->n_mx == 0)
		return;
	explain->mx_list = calloc(answer->n_mx, sizeof(*explain->mx_list));
	if (explain->mx_list == NULL) {
		explain->steps.failed = true;
		return;
	}
	memcpy(explain->mx_list, answer->mx,
	    answer->n_mx * sizeof(*explain->mx_list));
	explain->n_mx = answer->n_mx;
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_explain *explain = arg;

	enter(explain);
	explain->mx = NULL;
	explain->open--;
	explain->mx_status = answer->status;
	explain->mx_secure = answer->secure;
	explain->mx_ms = now(explain) - explain->asked;
	keep_mx(explain, answer);
	leave(explain);
}

static void
ask_mx(struct sts_explain *explain, int64_t deadline)
{
	struct sts_task *task = explain->task;
	unsigned open = explain->open;
	struct sts_dns_query *query;

	if (task->host[0] != '\0') {
		one_host(explain, task->host_bad ? "?" : task->host);
		return;
	}
	explain->open++;
	query = explain->dns.ops->mx(
	    explain->dns.ctx, task->domain, deadline, on_mx, explain);
	if (explain->open > open)
		explain->mx = query;
}

static void
ask_txt(struct sts_explain *explain, int64_t deadline)
{
	char name[sizeof("_mta-sts.") + STS_DOMAIN_SIZE];
	struct sts_dns_query *query;

	snprintf(name, sizeof(name), "_mta-sts.%s", explain->task->domain);
	explain->open++;
	explain->txt_open = true;
	query = explain->dns.ops->txt(
	    explain->dns.ctx, name, deadline, on_txt, explain);
	if (explain->txt_open)
		explain->txt = query;
}

static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	struct sts_task *task = arg;
	struct sts_explain *explain = task->explain;
	int64_t deadline;

	if (!sts_task_unpin(task))
		return;
	enter(explain);
	explain->open--;
	sts_explain_cache(explain, err, view);
	/* Not before: a resolver that is not asked goes with a reload. */
	explain->dns = explain->service->deps.dns;
	explain->asked = now(explain);
	deadline = explain->asked + explain->service->config.dns_timeout;
	ask_mx(explain, deadline);
	ask_txt(explain, deadline);
	leave(explain);
}

/* NULL: no memory. */
static struct sts_explain *
make(struct sts_task *task)
{
	struct sts_service *service = task->conn->service;
	struct sts_explain *explain = calloc(1, sizeof(*explain));

	if (explain == NULL)
		return NULL;
	service->n_explains++;
	explain->task = task;
	explain->service = service;
	explain->http = service->deps.http;
	explain->began = now(explain);
	explain->steps.list = json_array();
	explain->steps.room = NOTES_ROOM;
	explain->steps.failed = explain->steps.list == NULL;
	explain->overrides = sts_overrides_ref(service->overrides);
	explain->override =
	    sts_overrides_find(explain->overrides, task->domain);
	sts_look_none(
	    &explain->fresh, STS_ANSWER_TEMP, "unknown", "not-known", "");
	return explain;
}

static bool
take_host(struct sts_task *task, const struct sts_question *question)
{
	struct sts_str host;

	if (question->n < 2)
		return true;
	if (sts_word_key(question->word[1], "host", &host) && host.n > 0)
		return sts_task_host(task, host);
	sts_task_error(task, "syntax", "want host=HOST");
	return false;
}

void
sts_verb_explain(struct sts_task *task, const struct sts_question *question)
{
	struct sts_explain *explain;

	if (!take_host(task, question) ||
	    !sts_task_policy_domain(task, question->word[0]))
		return;
	if (task->conn->service->n_explains >= STS_EXPLAINS_MAX) {
		sts_task_temp(task, "busy", "");
		return;
	}
	explain = make(task);
	if (explain == NULL) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	task->explain = explain;
	task->pinned = true;
	enter(explain);
	explain->open = 1;
	sts_engine_show(
	    explain->service->deps.engine, task->domain, on_view, task);
	leave(explain);
}
