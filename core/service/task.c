/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "override_task.h"
#include "explain.h"
#include "recorder.h"
#include "routes.h"
#include "task.h"

void
sts_task_reset(struct sts_task *task)
{
	const struct sts_service_deps *deps = &task->conn->service->deps;

	sts_query_drop(&task->query);
	sts_routes_leave(task->wait);
	deps->clock.ops->cancel(deps->clock.ctx, task->timer);
	if (task->mx != NULL)
		task->dns.ops->cancel(task->dns.ctx, task->mx);
	task->wait = NULL;
	task->timer = NULL;
	task->mx = NULL;
	sts_explain_free(task->explain);
	task->explain = NULL;
	sts_policy_free(task->policy);
	task->policy = NULL;
	free(task->asked);
	task->asked = NULL;
	if (!task->pinned) {
		json_decref(task->page);
		task->page = NULL;
	}
}

void
sts_task_free(struct sts_task *task)
{
	sts_buf_fini(&task->held);
	sts_policy_free(task->policy);
	sts_query_drop_override(&task->query);
	free(task->asked);
	free(task);
}

void
sts_task_release(struct sts_task *task)
{
	if (task->pinned)
		task->conn = NULL;
	else
		sts_task_free(task);
}

bool
sts_task_unpin(struct sts_task *task)
{
	task->pinned = false;
	if (task->conn == NULL) {
		json_decref(task->page);
		sts_task_free(task);
		return false;
	}
	return !task->done;
}

/* Is the line whole and within the protocol's bound? */
static bool
whole(struct sts_task *task)
{
	sts_buf_add(task->out, "\n", 1);
	return !task->out->failed && task->out->n - task->mark <= STS_LINE_MAX;
}

static void
put_short(struct sts_task *task, const char *line)
{
	sts_buf_cut(task->out, task->mark);
	sts_buf_text(task->out, line);
}

void
sts_task_done(struct sts_task *task)
{
	struct sts_conn *conn = task->conn;

	sts_task_put_override(task);
	sts_task_put_tell(task);
	if (!whole(task))
		put_short(task, "STS1 temp - reason=answer-too-long\n");
	if (task->out == &task->held) {
		if (conn->held + task->held.n > STS_HELD_MAX)
			put_short(task, "STS1 temp - reason=output-limit\n");
		conn->held += task->held.n;
	} else if (task->out->failed) {
		conn->dead = true; /* or the answers would shift */
	}
	task->done = true;
	if (task != conn->service->spare)
		sts_conn_kick(conn);
}

void
sts_task_error(struct sts_task *task, const char *code, const char *text)
{
	task->conn->service->stats.errors++;
	task->tell = false;
	sts_buf_cut(task->out, task->mark);
	sts_buf_text(task->out, "STS1 error ");
	sts_buf_text(task->out, code);
	sts_buf_key(task->out, "text", text);
	sts_task_done(task);
}

void
sts_task_temp(struct sts_task *task, const char *reason, const char *detail)
{
	task->tell = false;
	sts_buf_cut(task->out, task->mark);
	sts_buf_text(task->out, "STS1 temp ");
	sts_buf_text(task->out, task->domain[0] != '\0' ? task->domain : "-");
	sts_buf_key(task->out, "reason", reason);
	if (detail[0] != '\0')
		sts_buf_key(task->out, "detail", detail);
	sts_task_done(task);
}

void
sts_task_ok(struct sts_task *task)
{
	sts_buf_text(task->out, "STS1 ok");
	sts_task_done(task);
}

/* The service's one spare task, or a new one. */
static struct sts_task *
fresh_task(struct sts_conn *conn)
{
	struct sts_service *service = conn->service;
	struct sts_task *task = service->spare;

	if (task == NULL) {
		task = calloc(1, sizeof(*task));
		if (task == NULL)
			return NULL;
		sts_buf_init(&task->held, STS_LINE_MAX + 1);
		service->spare = task;
	}
	task->conn = conn;
	task->out = conn->n_ring == 0 ? &conn->out : &task->held;
	task->mark = task->out->n;
	task->done = task->pinned = task->progress = task->now = task->tell =
	    task->told = task->host_bad = false;
	task->query = (struct sts_query){
	    .service = service, .domain = task->domain, .arg = task};
	task->n_page = 0;
	task->domain[0] = task->host[0] = task->id[0] = '\0';
	return task;
}

/* A word at the end that is none of the verb's own. */
static bool
take_last(const struct sts_verb *verb, struct sts_question *question,
    const char *word)
{
	if (question->n <= verb->min ||
	    !sts_str_eq(question->word[question->n - 1], word))
		return false;
	question->n--;
	return true;
}

static void
begin(struct sts_task *task, struct sts_str line)
{
	struct sts_question question;
	const struct sts_verb *verb;
	enum sts_err err = sts_question_parse(line, &question);

	if (err == STS_EINVAL) {
		sts_task_error(task, "version", "want STS1");
		return;
	}
	if (err != STS_OK) {
		sts_task_error(task, "syntax",
		    "want words of printable ASCII, one space apart");
		return;
	}
	verb = sts_verb_find(question.verb, task->conn->admin);
	if (verb == NULL) {
		sts_task_error(task, "verb", "no such verb on this socket");
		return;
	}
	task->progress =
	    verb->progress && take_last(verb, &question, "progress");
	task->tell = verb->tell && take_last(verb, &question, "tell");
	task->now = verb->now && take_last(verb, &question, "now");
	if (question.n < verb->min || question.n > verb->max) {
		sts_task_error(task, "syntax", "too few or too many words");
		return;
	}
	task->verb = verb;
	if (task->conn->service->stopping)
		sts_task_temp(task, "stopping", "");
	else
		verb->begin(task, &question);
}

bool
sts_conn_line(struct sts_conn *conn, struct sts_str line)
{
	struct sts_task *task = fresh_task(conn);

	if (task == NULL)
		return false;
	conn->service->stats.questions++;
	begin(task, line);
	if (task->now && !task->done) {
		sts_task_reset(task); /* what was begun goes on */
		task->tell = false;
		sts_buf_text(task->out, "STS1 wait");
		sts_task_done(task);
	}
	if (task->done && task->out == &conn->out) {
		sts_task_reset(task); /* and it is spare again */
		return true;
	}
	conn->service->spare = NULL;
	if (!task->done) {
		task->out = &task->held;
		task->mark = 0;
	}
	conn->ring[(conn->head + conn->n_ring) % STS_RING] = task;
	conn->n_ring++;
	return true;
}

static void
progress_due(void *arg)
{
	struct sts_conn *conn = arg;

	conn->progress = NULL;
	if (conn->n_ring > 0)
		conn->ring[conn->head]->told = false;
	sts_conn_run(conn);
}

/* The first open question, if it wants to be told that it is worked on. */
void
sts_conn_progress(struct sts_conn *conn)
{
	const struct sts_clock *clock = &conn->service->deps.clock;
	struct sts_task *task;

	if (conn->n_ring == 0 || conn->dead)
		return;
	task = conn->ring[conn->head];
	if (task->done || !task->progress || task->told)
		return;
	if (conn->out.n - conn->written < STS_OUT_SOFT)
		sts_buf_text(&conn->out, "STS1 wait\n");
	task->told = true;
	conn->progress = clock->ops->timer(clock->ctx,
	    clock->ops->mono(clock->ctx) + conn->service->config.progress,
	    progress_due, conn);
	if (conn->progress == NULL) {
		sts_task_reset(task); /* or the engine comes back to it */
		sts_task_temp(task, "no-memory", "");
	}
}

void
sts_task_stop(struct sts_task *task)
{
	if (task->done)
		return;
	sts_task_reset(task);
	sts_task_temp(task, "stopping", "");
}
