/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "override_task.h"
#include "routes.h"
#include "stats.h"

#define PAGE    100   /* policies of one list */
#define MX_ROOM 40960 /* octets of mx of one show */

static json_t *
mx_json(const struct sts_policy *policy)
{
	json_t *list = json_array();
	size_t i, n = 0;

	for (i = 0; i < policy->n_mx && n < MX_ROOM; i++) {
		n += strlen(policy->mx[i]) + 3;
		json_array_append_new(list, sts_json_remote(policy->mx[i]));
	}
	return list;
}

/* The administrator's word on a domain beside its own. */
static void
add_override(json_t *json, const struct sts_override *override)
{
	if (override == NULL)
		return;
	json_object_set_new(
	    json, "override", json_string(sts_override_name(override->kind)));
	json_object_set_new(json, "origin", sts_json_remote(override->origin));
	if (override->policy_file != NULL)
		json_object_set_new(json, "policy_file",
		    sts_json_remote(override->policy_file));
}

static json_t *
view_json(const struct sts_domain_view *view, bool whole)
{
	const struct sts_answer *answer = &view->answer;
	json_t *json =
	    json_pack("{s:s, s:s, s:s}", "domain", view->domain, "answer",
		answer->kind == STS_ANSWER_POLICY ? "policy"
		: answer->kind == STS_ANSWER_NONE ? "none"
						  : "temp",
		"state", answer->state);

	if (json == NULL)
		return NULL;
	if (answer->kind == STS_ANSWER_POLICY) {
		json_object_set_new(json, "mode",
		    json_string(sts_mode_name(answer->policy->mode)));
		json_object_set_new(json, "id", sts_json_remote(answer->id));
		json_object_set_new(
		    json, "fetched", json_integer(answer->fetched));
		json_object_set_new(
		    json, "expires", json_integer(answer->expires));
		json_object_set_new(json, "mx_count",
		    json_integer((json_int_t)answer->policy->n_mx));
	} else {
		json_object_set_new(
		    json, "reason", sts_json_remote(answer->reason));
	}
	json_object_set_new(json, "last_used", json_integer(view->last_used));
	if (!whole)
		return json;
	if (answer->kind == STS_ANSWER_POLICY) {
		json_object_set_new(json, "mx", mx_json(answer->policy));
		json_object_set_new(
		    json, "max_age", json_integer(answer->policy->max_age));
	}
	json_object_set_new(json, "txt_next", json_integer(view->txt_next));
	json_object_set_new(
	    json, "refresh_next", json_integer(view->refresh_next));
	json_object_set_new(json, "retry_next", json_integer(view->retry_next));
	json_object_set_new(
	    json, "last_failure", sts_json_remote(view->last_failure));
	json_object_set_new(
	    json, "last_detail", sts_json_remote(view->last_detail));
	json_object_set_new(json, "busy", json_boolean(view->busy));
	return json;
}

/* What is there, could not be looked at, or is not there, in an answer. */
static void
put_failure(struct sts_task *task, enum sts_err err)
{
	if (err == STS_ENOENT)
		sts_task_error(
		    task, "not-found", "nothing is known of this domain");
	else
		sts_task_temp(task, "store", sts_err_name(err));
}

static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	const struct sts_override *override;
	struct sts_task *task = arg;
	json_t *json;

	if (!sts_task_unpin(task))
		return;
	override = sts_task_override(task);
	if (err != STS_OK && (err != STS_ENOENT || override == NULL)) {
		put_failure(task, err);
		return;
	}
	json = err == STS_OK ? view_json(view, true)
			     : json_pack("{s:s}", "domain", task->domain);
	add_override(json, override);
	sts_task_json(task, json);
}

/* An admin's DOMAIN: one that can have no policy is not found. */
static bool
known_domain(struct sts_task *task, struct sts_str word)
{
	enum sts_err err = sts_task_domain(task, word);

	if (err == STS_EINVAL)
		put_failure(task, STS_ENOENT);
	return err == STS_OK;
}

void
sts_verb_show(struct sts_task *task, const struct sts_question *question)
{
	if (!known_domain(task, question->word[0]))
		return;
	task->pinned = true;
	sts_engine_show(
	    task->conn->service->deps.engine, task->domain, on_view, task);
}

static void
on_purged(void *arg, enum sts_err err)
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
sts_verb_purge(struct sts_task *task, const struct sts_question *question)
{
	if (!known_domain(task, question->word[0]))
		return;
	task->pinned = true;
	sts_engine_purge(
	    task->conn->service->deps.engine, task->domain, on_purged, task);
}

/* One more than a page is asked for, to know whether there is more. */
static void
on_each(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	struct sts_task *task = arg;
	json_t *json;

	if (err != STS_OK || ++task->n_page > PAGE)
		return;
	json = view_json(view, false);
	if (task->conn != NULL) /* else nobody will read it */
		add_override(
		    json, sts_overrides_find(
			      task->conn->service->overrides, view->domain));
	if (json_array_append_new(task->page, json) != 0) {
		json_decref(task->page); /* half a list is none */
		task->page = NULL;
	}
}

static void
on_listed(void *arg, enum sts_err err)
{
	struct sts_task *task = arg;
	json_t *page;

	if (!sts_task_unpin(task))
		return;
	page = task->page;
	task->page = NULL;
	if (err != STS_OK) {
		json_decref(page);
		put_failure(task, err);
		return;
	}
	sts_task_json(task, json_pack("{s:o, s:b}", "policies", page, "more",
				task->n_page > PAGE));
}

void
sts_verb_list(struct sts_task *task, const struct sts_question *question)
{
	struct sts_str after;

	if (question->n == 1) {
		if (!sts_word_key(question->word[0], "after", &after)) {
			sts_task_error(task, "syntax", "want after=DOMAIN");
			return;
		}
		if (sts_task_domain(task, after) != STS_OK) {
			if (!task->done)
				sts_task_error(
				    task, "domain", "not a domain name");
			return;
		}
	}
	task->page = json_array();
	if (task->page == NULL) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	task->pinned = true;
	sts_engine_list(task->conn->service->deps.engine, task->domain,
	    PAGE + 1, on_each, on_listed, task);
}

static json_t *
engine_json(const struct sts_engine *engine)
{
	struct sts_engine_stats s;

	sts_engine_stats(engine, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, s:I}",
	    "asked", (json_int_t)s.asked, "none", (json_int_t)s.none, "policy",
	    (json_int_t)s.policy, "temporary", (json_int_t)s.temporary, "hits",
	    (json_int_t)s.hits, "txt_asked", (json_int_t)s.txt_asked,
	    "txt_failed", (json_int_t)s.txt_failed, "txt_bogus",
	    (json_int_t)s.txt_bogus, "fetched", (json_int_t)s.fetched,
	    "fetch_failed", (json_int_t)s.fetch_failed, "refused",
	    (json_int_t)s.refused, "expired", (json_int_t)s.expired, "domains",
	    (json_int_t)s.domains, "flights", (json_int_t)s.flights,
	    "policies_unsaved", (json_int_t)s.policies_unsaved);
}

static json_t *
service_json(const struct sts_service *service)
{
	const struct sts_service_stats *s = &service->stats;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I}",
	    "connections", (json_int_t)service->n_conns, "accepted",
	    (json_int_t)s->accepted, "busy", (json_int_t)s->busy, "stalled",
	    (json_int_t)s->stalled, "idle", (json_int_t)s->idle, "questions",
	    (json_int_t)s->questions, "errors", (json_int_t)s->errors, "sent",
	    (json_int_t)s->sent, "refused", (json_int_t)s->refused,
	    "would_refuse", (json_int_t)s->would_refuse, "failed",
	    (json_int_t)s->failed, "tlsa_asked", (json_int_t)s->tlsa_asked,
	    "tlsa_failed", (json_int_t)s->tlsa_failed);
}

static json_t *
routes_json(const struct sts_service *service)
{
	struct sts_routes_stats s = {0};
	struct sts_probes_stats p = {0};

	if (service->routes != NULL)
		sts_routes_stats(service->routes, &s, &p);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I}",
	    "kept", (json_int_t)s.kept, "searching", (json_int_t)s.searching,
	    "searches", (json_int_t)s.searches, "found", (json_int_t)s.found,
	    "blocked", (json_int_t)s.blocked, "unknown", (json_int_t)s.temp,
	    "hosts", (json_int_t)p.hosts, "probing", (json_int_t)p.open,
	    "probes", (json_int_t)p.started, "good", (json_int_t)p.good,
	    "defect", (json_int_t)p.defect, "unreachable",
	    (json_int_t)p.unreachable, "untried", (json_int_t)p.local, "memory",
	    (json_int_t)s.memory + (json_int_t)p.memory);
}

void
sts_verb_stats(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_service *service = task->conn->service;
	const struct sts_service_deps *deps = &service->deps;
	int64_t ran = deps->clock.ops->mono(deps->clock.ctx) - service->started;
	json_t *json;

	(void)question;
	json = json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:I, s:o}", "version",
	    STS_VERSION, "uptime", (json_int_t)(ran / 1000), "store",
	    deps->store.ops != NULL ? deps->store.ops->state(deps->store.ctx)
				    : "none",
	    "resolver",
	    deps->resolver_state != NULL ? deps->resolver_state(deps->ctx)
					 : "none",
	    "engine", engine_json(deps->engine), "service",
	    service_json(service), "overrides",
	    (json_int_t)sts_overrides_count(service->overrides), "routes",
	    routes_json(service));
	if (deps->shared.ops != NULL)
		(void)json_object_set_new(
		    json, "shared", sts_shared_json(&deps->shared));
	if (deps->recording != NULL)
		(void)json_object_set_new(
		    json, "reports", sts_reports_json(deps->recording));
	sts_task_json(task, json);
}

void
sts_verb_reload(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_service_deps *deps = &task->conn->service->deps;
	char text[512] = "";

	(void)question;
	if (deps->reload == NULL)
		sts_task_error(task, "internal", "nothing to reload");
	else if (deps->reload(deps->ctx, text, sizeof(text)) != STS_OK)
		sts_task_error(task, "config", text);
	else
		sts_task_ok(task);
}
