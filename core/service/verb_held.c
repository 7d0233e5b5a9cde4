/* SPDX-License-Identifier: ISC */
/* What a mail server that is told one host tells of it (OpenSMTPD). */
#include <arpa/inet.h>
#include <string.h>

#include "recorder.h"
#include "route_told.h"
#include "task.h"

static const struct sts_str nothing = {"", 0};

/* Each host is a session that failed, and was not had: we have no address in
 * it. done, which may be NULL, is called for the last one: they are written
 * together. */
static void
record_faults(struct sts_task *task, const struct sts_outcome *outcome,
    sts_store_done_cb *done)
{
	for (size_t i = 0; i < outcome->n_faults; i++) {
		const struct sts_route_fault *fault = &outcome->fault[i];
		struct sts_record record = {.domain = task->domain,
		    .result = fault->result,
		    .bound = true,
		    .mx = sts_str(fault->host),
		    .addr = sts_str(fault->addr),
		    .from = nothing,
		    .helo = nothing,
		    .detail = sts_str(fault->detail)};
		bool last = i + 1 == outcome->n_faults;

		sts_record(
		    task->conn->service, &record, last ? done : NULL, task);
	}
}

static const struct sts_outcome *
last_outcome(const struct sts_task *task, enum sts_route_kind kind)
{
	struct sts_routes *routes = task->conn->service->routes;
	const struct sts_outcome *last = NULL;

	if (routes != NULL && sts_record_allowed(task->conn))
		last = sts_routes_last(routes, task->domain);
	if (last == NULL || last->testing || last->kind != kind ||
	    last->n_faults == 0)
		return NULL;
	return last;
}

void
sts_task_passed_over(struct sts_task *task)
{
	struct sts_routes *routes = task->conn->service->routes;
	const struct sts_outcome *last = last_outcome(task, STS_ROUTE_HOST);

	if (routes != NULL && sts_record_allowed(task->conn))
		sts_routes_ended(routes, task->domain);
	if (last != NULL)
		record_faults(task, last, NULL);
}

static void
on_recorded(void *arg, enum sts_err err)
{
	struct sts_task *task = arg;

	(void)err; /* counted as dropped */
	if (sts_task_unpin(task))
		sts_task_ok(task);
}

void
sts_verb_held(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_outcome *last;
	enum sts_err err = sts_task_domain(task, question->word[0]);

	if (err != STS_OK && err != STS_EINVAL)
		return;
	last = err == STS_OK ? last_outcome(task, STS_ROUTE_BLOCKED) : NULL;
	if (last == NULL) {
		sts_task_ok(task);
		return;
	}
	sts_log(task->conn->service->deps.log, STS_LOG_DEBUG, "held",
	    "domain=%s hosts=%zu", task->domain, last->n_faults);
	task->pinned = true;
	record_faults(task, last, on_recorded);
}

struct failed {
	struct sts_task *task;
	struct sts_record record;
	char from[STS_WORD_TEXT], helo[STS_WORD_TEXT], detail[STS_WORD_TEXT];
};

static void
record_failed(void *arg, const char *domain, const char *host)
{
	struct failed *failed = arg;

	failed->record.domain = domain;
	/* A try is made of the host that is there now. */
	if (failed->record.doubt == STS_DOUBT_NOTHING)
		failed->record.mx = sts_str(host);
	sts_record(failed->task->conn->service, &failed->record, NULL, NULL);
}

/* [result=] [from=] [helo=] [detail=]; false: another word, or result. */
static bool
take_record(const struct sts_question *question, struct failed *failed,
    struct sts_str *result)
{
	struct sts_record *record = &failed->record;

	for (size_t i = 1; i < question->n; i++) {
		struct sts_str word = question->word[i];

		if (!sts_word_key(word, "result", result) &&
		    !sts_word_key(word, "from", &record->from) &&
		    !sts_word_key(word, "helo", &record->helo) &&
		    !sts_word_key(word, "detail", &record->detail))
			return false;
	}
	record->from = sts_word_text(record->from, failed->from);
	record->helo = sts_word_text(record->helo, failed->helo);
	record->detail = sts_word_text(record->detail, failed->detail);
	return result->n == 0 ||
	       (sts_result_type_parse(*result, &record->result) == STS_OK &&
		   record->result != STS_RESULT_SUCCESS);
}

/* The mail server does not know for which domain it failed. */
void
sts_verb_doubt(struct sts_task *task, const struct sts_question *question)
{
	struct sts_routes *routes = task->conn->service->routes;
	struct sts_str word = question->word[0], result = nothing;
	char plain[INET6_ADDRSTRLEN] = "", addr[INET6_ADDRSTRLEN];
	struct failed failed = {.task = task,
	    .record = {.bound = true,
		.from = nothing,
		.helo = nothing,
		.detail = nothing}};
	unsigned char octets[16];
	int family = memchr(word.p, ':', word.n) != NULL ? AF_INET6 : AF_INET;

	if (word.n < sizeof(plain))
		memcpy(plain, word.p, word.n);
	if (inet_pton(family, plain, octets) != 1 ||
	    inet_ntop(family, octets, addr, sizeof(addr)) == NULL) {
		sts_task_error(task, "syntax", "want an IP address");
		return;
	}
	if (!take_record(question, &failed, &result)) {
		sts_task_error(task, "syntax",
		    "want an IP address, and what is known of the session");
		return;
	}
	failed.record.addr = sts_str(addr);
	if (failed.record.result == STS_RESULT_VALIDATION_FAILURE)
		failed.record.doubt = STS_DOUBT_FAILURE;
	if (routes != NULL)
		sts_routes_doubt_address(routes, addr);
	if (routes != NULL && result.n > 0 && sts_record_allowed(task->conn))
		sts_routes_failed(routes, addr, record_failed, &failed);
	sts_task_ok(task);
}
