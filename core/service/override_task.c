/* SPDX-License-Identifier: ISC */
/* The one place where an override meets a question; no verb asks the engine. */
#include <stdio.h>
#include <string.h>

#include "override_task.h"
#include "recorder.h"
#include "task.h"

static const struct sts_override *
find(const struct sts_query *query)
{
	return sts_overrides_find(query->service->overrides, query->domain);
}

/* Mail that goes out or waits by an override can be accounted for. */
static void
log_applied(const struct sts_query *query, const char *domain,
    const struct sts_answer *answer)
{
	enum sts_level level = answer->kind == STS_ANSWER_TEMP ? STS_LOG_WARNING
			       : answer->kind == STS_ANSWER_NONE
				   ? STS_LOG_INFO
				   : STS_LOG_DEBUG;
	char words[STS_OVERRIDE_WORDS], shown[300];

	sts_log(query->service->deps.log, level, "overridden",
	    "domain=%s answer=%s reason=%s%s",
	    sts_str_escape(sts_str(domain), shown, sizeof(shown)),
	    answer->kind == STS_ANSWER_TEMP   ? "temp"
	    : answer->kind == STS_ANSWER_NONE ? "none"
					      : "policy",
	    answer->reason != NULL && answer->reason[0] != '\0' ? answer->reason
								: "-",
	    sts_override_words(query->override, words));
}

/* Is it the override that makes it this answer? */
static bool
changed(const struct sts_answer *own, const struct sts_answer *answer)
{
	if (own == NULL || own->kind != answer->kind)
		return true;
	return own->kind == STS_ANSWER_POLICY &&
	       own->policy->mode != answer->policy->mode;
}

/* Give the owner his answer; own is the domain's, NULL where nobody asked. */
static void
give(struct sts_query *query, const struct sts_answer *own)
{
	const struct sts_override *override = find(query);
	struct sts_overridden out;

	sts_query_drop_override(query); /* of an answer before a recheck */
	if (override == NULL) {
		query->cb(query->arg, own);
		return;
	}
	query->overrides = sts_overrides_ref(query->service->overrides);
	query->override = override;
	query->own_mode = own != NULL && own->kind == STS_ANSWER_POLICY
			      ? sts_mode_name(own->policy->mode)
			      : NULL;
	sts_override_apply(override, own, &out);
	if (changed(own, &out.answer))
		log_applied(query, query->domain, &out.answer);
	query->cb(query->arg, &out.answer);
}

static void
on_own(void *arg, const struct sts_answer *own)
{
	struct sts_query *query = arg;

	query->ask = NULL;
	give(query, own);
}

/* The name as a suffix is looked for: lower case, no dot at its end. */
static bool
plain_name(struct sts_str word, char out[STS_SHOWN_SIZE + 1])
{
	struct sts_str plain;
	size_t i;

	if (sts_word_plain(word, out, STS_SHOWN_SIZE, &plain) != STS_OK ||
	    plain.n > STS_SHOWN_SIZE)
		return false;
	while (plain.n > 0 && plain.p[plain.n - 1] == '.')
		plain.n--;
	memmove(out, plain.p, plain.n); /* it may be there already */
	for (i = 0; i < plain.n; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] - 'A' + 'a');
	out[plain.n] = '\0';
	return true;
}

static bool
demands(const struct sts_override *override)
{
	return override->kind == STS_OVERRIDE_ENFORCE ||
	       (override->kind == STS_OVERRIDE_PINNED &&
		   override->policy->mode == STS_MODE_ENFORCE);
}

bool
sts_task_waits(struct sts_task *task, struct sts_str word)
{
	struct sts_overrides *set = task->conn->service->overrides;
	struct sts_query *query = &task->query;
	const struct sts_answer answer = {
	    .kind = STS_ANSWER_TEMP, .reason = "override-no-policy"};
	const struct sts_override *override;
	char name[STS_SHOWN_SIZE + 1];

	if (sts_overrides_count(set) == 0 || !plain_name(word, name))
		return false;
	override = sts_overrides_find(set, name);
	if (override == NULL || !demands(override))
		return false;
	query->overrides = sts_overrides_ref(set);
	query->override = override;
	query->own_mode = NULL;
	log_applied(query, name, &answer);
	sts_task_temp(task, answer.reason, "no-policy-host");
	return true;
}

/* Answered by an override that needs no question? */
static bool
given(struct sts_query *query)
{
	const struct sts_override *override = find(query);

	if (override == NULL || sts_override_asks(override))
		return false;
	give(query, NULL);
	return true;
}

/* NULL: on_own has run, and may have asked again. */
static void
keep(struct sts_query *query, struct sts_ask *ask)
{
	if (ask != NULL)
		query->ask = ask;
}

void
sts_query_ask(struct sts_query *query)
{
	if (!given(query))
		keep(query, sts_engine_ask(query->service->deps.engine,
				query->domain, on_own, query));
}

bool
sts_query_recheck(struct sts_query *query, int64_t deadline)
{
	const struct sts_override *override = find(query);

	if (query->rechecked ||
	    (override != NULL && !sts_override_asks(override)))
		return false;
	query->rechecked = true;
	keep(query, sts_engine_recheck(query->service->deps.engine,
			query->domain, deadline, on_own, query));
	return true;
}

void
sts_query_refresh(struct sts_query *query)
{
	if (!given(query))
		keep(query, sts_engine_refresh(query->service->deps.engine,
				query->domain, on_own, query));
}

void
sts_query_drop(struct sts_query *query)
{
	if (query->ask != NULL)
		sts_engine_cancel(query->service->deps.engine, query->ask);
	query->ask = NULL;
	sts_query_drop_override(query);
}

void
sts_query_drop_override(struct sts_query *query)
{
	query->override = NULL;
	sts_overrides_free(query->overrides);
	query->overrides = NULL;
}

void
sts_task_ask(struct sts_task *task, sts_answer_cb *cb)
{
	const struct sts_service *service = task->conn->service;
	const struct sts_clock *clock = &service->deps.clock;

	task->deadline =
	    clock->ops->mono(clock->ctx) + service->config.lookup_timeout;
	task->query.cb = cb;
	if (task->tell) /* it may be known by the time of the answer */
		(void)sts_record_wanted(task->conn, task->domain);
	sts_query_ask(&task->query);
}

bool
sts_task_recheck(struct sts_task *task, sts_answer_cb *cb)
{
	task->query.cb = cb;
	return sts_query_recheck(&task->query, task->deadline);
}

void
sts_task_refresh(struct sts_task *task, sts_answer_cb *cb)
{
	task->query.cb = cb;
	sts_query_refresh(&task->query);
}

const struct sts_override *
sts_task_override(const struct sts_task *task)
{
	return find(&task->query);
}

void
sts_task_refused(const struct sts_task *task)
{
	const struct sts_override *override = find(&task->query);

	if (override == NULL || sts_override_asks(override))
		sts_engine_refused(
		    task->conn->service->deps.engine, task->domain);
}

/* Others answer words that are compared as a whole, or JSON. */
static bool
may_tell(const struct sts_verb *verb)
{
	return verb->begin == sts_verb_policy ||
	       verb->begin == sts_verb_verdict ||
	       verb->begin == sts_verb_usable ||
	       verb->begin == sts_verb_route || verb->begin == sts_verb_refresh;
}

void
sts_task_put_override(struct sts_task *task)
{
	const struct sts_query *query = &task->query;
	const struct sts_override *override = query->override;

	if (override == NULL || !may_tell(task->verb))
		return;
	sts_buf_key(task->out, "override", sts_override_name(override->kind));
	sts_buf_key(task->out, "origin", override->origin);
	if (sts_override_asks(override) && query->own_mode != NULL)
		sts_buf_key(task->out, "domain-mode", query->own_mode);
}

const char *
sts_override_words(
    const struct sts_override *override, char buf[STS_OVERRIDE_WORDS])
{
	char origin[256];

	if (override == NULL)
		buf[0] = '\0';
	else
		snprintf(buf, STS_OVERRIDE_WORDS, " override=%s origin=\"%s\"",
		    sts_override_name(override->kind),
		    sts_str_escape(
			sts_str(override->origin), origin, sizeof(origin)));
	return buf;
}
