/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "override_task.h"
#include "recorder.h"
#include "route_told.h"
#include "sts/policy.h"
#include "task.h"

/* RFC 8460 section 4.3, and success. */
static const char *const results[] = {"success", "starttls-not-supported",
    "certificate-host-mismatch", "certificate-expired",
    "certificate-not-trusted", "validation-failure", "tlsa-invalid",
    "dnssec-invalid", "dane-required", "sts-policy-fetch-error",
    "sts-policy-invalid", "sts-webpki-invalid", "unreachable", NULL};
static const char *const actions[] = {
    "sent", "refused", "would-refuse", "failed", NULL};
static const char *const policies[] = {"tlsa", NULL};
static const char *const no[] = {"no", NULL};
static const char *const modes[] = {"none", "testing", "enforce", NULL};

enum field {
	MX,
	MODE,
	RESULT,
	ACTION,
	ADDR,
	DETAIL,
	FROM,
	HELO,
	POLICY,
	VERIFIED,
	FIELDS
};

/* In the order of the log line. */
static const struct {
	const char *key;
	const char *const *words; /* NULL: any text */
	bool required;
} fields[FIELDS] = {
    [MX] = {"host", NULL, false},
    [MODE] = {"mode", modes, false},
    [RESULT] = {"result", results, true},
    [ACTION] = {"action", actions, true},
    [ADDR] = {"addr", NULL, false},
    [DETAIL] = {"detail", NULL, false},
    [FROM] = {"from", NULL, false},
    [HELO] = {"helo", NULL, false},
    [POLICY] = {"policy", policies, false},
    [VERIFIED] = {"verified", no, false},
};

/* Which rule the host broke. */
static const char *
rule_of(const struct sts_str *value)
{
	const char *result = "certificate-";

	if (sts_str_eq(value[RESULT], "success") ||
	    (value[POLICY].n == 0 && sts_str_eq(value[MODE], "none")))
		return "-";
	if (value[POLICY].n > 0)
		return "RFC 7672 section 2.2";
	if (value[RESULT].n > strlen(result) &&
	    memcmp(value[RESULT].p, result, strlen(result)) == 0)
		return "RFC 8461 section 4.2";
	if (sts_str_eq(value[DETAIL], STS_MX_MISMATCH))
		return "RFC 8461 section 4.1";
	return "RFC 8461 section 4";
}

static bool
one_of(const char *const *words, struct sts_str word)
{
	for (; *words != NULL; words++)
		if (sts_str_eq(word, *words))
			return true;
	return false;
}

/* Sort the words of the question, without %HH; false if one is not of the
 * form. */
static bool
take_fields(const struct sts_question *question, struct sts_str *value,
    char text[FIELDS][STS_WORD_TEXT])
{
	size_t i, f;

	for (f = 0; f < FIELDS; f++)
		value[f] = (struct sts_str){NULL, 0};
	for (i = 1; i < question->n; i++) {
		for (f = 0; f < FIELDS; f++)
			if (sts_word_key(
				question->word[i], fields[f].key, &value[f]))
				break;
		if (f == FIELDS || (fields[f].words != NULL &&
				       !one_of(fields[f].words, value[f])))
			return false;
	}
	for (f = 0; f < FIELDS; f++)
		if (fields[f].required && value[f].p == NULL)
			return false;
	for (f = 0; f < FIELDS; f++)
		value[f] = sts_word_text(value[f], text[f]);
	return true;
}

/* What the client said, for a line of our log: never more than one word. */
static const char *
shown(struct sts_str value, char *buf, size_t size)
{
	return value.n > 0 ? sts_str_escape(value, buf, size) : "-";
}

static void
log_result(const struct sts_task *task, const char *domain,
    const struct sts_str *value, const char *action)
{
	struct sts_service *service = task->conn->service;
	char host[300], addr[64], detail[400], mode[16], result[40];
	char words[STS_OVERRIDE_WORDS];
	bool dane = value[POLICY].n > 0; /* then no policy of ours refused */
	bool refused = !dane && sts_str_eq(value[ACTION], "refused");
	bool would = !dane && sts_str_eq(value[ACTION], "would-refuse");
	bool failed = !refused && !would && !sts_str_eq(value[ACTION], "sent");

	service->stats.refused += refused ? 1 : 0;
	service->stats.would_refuse += would ? 1 : 0;
	service->stats.failed += failed ? 1 : 0;
	service->stats.sent += !refused && !would && !failed ? 1 : 0;
	sts_log(service->deps.log,
	    refused || would ? STS_LOG_WARNING : STS_LOG_DEBUG,
	    refused || would ? action : "result",
	    "domain=%s mx=\"%s\" mode=%s result=%s action=%s addr=\"%s\" "
	    "detail=\"%s\" rule=\"%s\"%s%s",
	    domain, shown(value[MX], host, sizeof(host)),
	    shown(value[MODE], mode, sizeof(mode)),
	    shown(value[RESULT], result, sizeof(result)), action,
	    shown(value[ADDR], addr, sizeof(addr)),
	    shown(value[DETAIL], detail, sizeof(detail)), rule_of(value),
	    dane ? " policy=tlsa" : "",
	    sts_override_words(sts_task_override(task), words));
}

/* Is it a session that a report tells of (RPT-12)? */
static bool
is_session(const struct sts_str *value, enum sts_result_type *result)
{
	return !sts_str_eq(value[ACTION], "failed") &&
	       sts_result_type_parse(value[RESULT], result) == STS_OK;
}

/* The client is told that it is counted when it is. */
static void
on_recorded(void *arg, enum sts_err err)
{
	struct sts_task *task = arg;

	(void)err; /* counted as dropped */
	if (sts_task_unpin(task))
		sts_task_ok(task);
}

static void
record(struct sts_task *task, const struct sts_str *value,
    sts_store_done_cb *done, void *arg)
{
	struct sts_record record = {.domain = task->domain,
	    .bound = sts_str_eq(value[MODE], "enforce") ||
		     sts_str_eq(value[MODE], "testing"),
	    .none = sts_str_eq(value[MODE], "none"),
	    .tlsa = value[POLICY].n > 0,
	    .doubt =
		value[VERIFIED].n > 0 ? STS_DOUBT_SUCCESS : STS_DOUBT_NOTHING,
	    .mx = value[MX],
	    .addr = value[ADDR],
	    .from = value[FROM],
	    .helo = value[HELO],
	    .detail = value[DETAIL]};

	if (is_session(value, &record.result))
		sts_record(task->conn->service, &record, done, arg);
	else if (done != NULL)
		done(arg, STS_OK);
}

/* A host that was told, and did not take the mail. */
static void
doubt(struct sts_task *task, struct sts_str name)
{
	struct sts_routes *routes = task->conn->service->routes;
	char host[STS_DOMAIN_SIZE];

	if (routes != NULL && name.n > 0 &&
	    sts_host_parse(name, host) == STS_OK)
		sts_routes_doubt(routes, task->domain, host);
}

static void
delivered(struct sts_task *task, const struct sts_str *value)
{
	struct sts_service *service = task->conn->service;

	sts_engine_delivered(service->deps.engine, task->domain);
	/* Where the host is told, it was not picked here. */
	if (value[MX].n == 0 && sts_str_eq(value[MODE], "enforce"))
		sts_task_passed_over(task);
}

void
sts_verb_result(struct sts_task *task, const struct sts_question *question)
{
	struct sts_str value[FIELDS];
	char text[FIELDS][STS_WORD_TEXT], name[STS_WORD_TEXT];
	char action[16], domain[300];
	enum sts_err err;

	if (!take_fields(question, value, text)) {
		sts_task_error(task, "syntax",
		    "want result=, action= and of the rest what is known");
		return;
	}
	err = sts_task_domain(task, question->word[0]);
	if (err != STS_OK && err != STS_EINVAL)
		return;
	log_result(task,
	    err == STS_OK ? task->domain
			  : shown(sts_word_text(question->word[0], name),
				domain, sizeof(domain)),
	    value, shown(value[ACTION], action, sizeof(action)));
	if (err == STS_OK && (sts_str_eq(value[ACTION], "refused") ||
				 sts_str_eq(value[ACTION], "failed")))
		doubt(task, value[MX]);
	if (err == STS_OK && sts_str_eq(value[ACTION], "refused") &&
	    value[POLICY].n == 0)
		sts_task_refused(task);
	else if (err == STS_OK && sts_str_eq(value[RESULT], "success") &&
		 !sts_str_eq(value[MODE], "none"))
		delivered(task, value);
	if (err != STS_OK || !sts_record_allowed(task->conn)) {
		sts_task_ok(task);
		return;
	}
	task->pinned = true;
	record(task, value, on_recorded, task);
}

void
sts_task_mx_refused(struct sts_task *task, const char *host)
{
	const struct sts_str value[FIELDS] = {[MX] = sts_str(host),
	    [MODE] = sts_str("enforce"),
	    [RESULT] = sts_str("validation-failure"),
	    [ACTION] = sts_str("refused"),
	    [DETAIL] = sts_str(STS_MX_MISMATCH)};

	log_result(task, task->domain, value, "refused");
	if (sts_record_allowed(task->conn))
		record(task, value, NULL, NULL);
	sts_task_refused(task);
}

void
sts_verb_refused(struct sts_task *task, const struct sts_question *question)
{
	struct sts_service *service = task->conn->service;
	char words[STS_OVERRIDE_WORDS];
	enum sts_err err = sts_task_domain(task, question->word[0]);

	if (err != STS_OK && err != STS_EINVAL)
		return;
	if (err == STS_OK) {
		service->stats.refused++;
		sts_log(service->deps.log, STS_LOG_WARNING, "refused",
		    "domain=%s%s", task->domain,
		    sts_override_words(sts_task_override(task), words));
		sts_task_refused(task);
	}
	sts_task_ok(task);
}
