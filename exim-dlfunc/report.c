/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "exim.h"
#include "report.h"
#include "sts/client.h"

#define WORDS_SIZE 2048

static const struct {
	const char *result;
	const char *detail; /* NULL: the result says it all */
	const char *rule;
} outcomes[STS_OUTCOMES] = {
    [STS_SUCCESS] = {"success", NULL, ""},
    [STS_NO_STARTTLS] = {"starttls-not-supported", NULL, "RFC 8461 section 4"},
    [STS_EXPIRED] = {"certificate-expired", NULL, "RFC 8461 section 4.2"},
    [STS_WRONG_NAME] = {"certificate-host-mismatch", NULL,
	"RFC 8461 section 4.2"},
    [STS_UNTRUSTED] = {"certificate-not-trusted", NULL, "RFC 8461 section 4.2"},
    [STS_NO_TLS] = {"validation-failure", "tls-handshake",
	"RFC 8461 section 4"},
    [STS_MX_MISMATCH] = {"validation-failure", "mta-sts-mx-mismatch",
	"RFC 8461 section 4.1"},
    [STS_DANE_REQUIRED] = {"dane-required", NULL, ""},
    [STS_DNSSEC_INVALID] = {"dnssec-invalid", NULL, ""},
    [STS_TLSA_INVALID] = {"tlsa-invalid", NULL, ""},
    [STS_DANE_FAILED] = {"validation-failure", NULL, ""},
};

/* Append " key=value"; what does not fit is left out. */
static void
add(char *out, size_t size, const char *key, const char *value)
{
	size_t n = strlen(out);

	if (value == NULL || value[0] == '\0')
		return;
	if (snprintf(out + n, size - n, "%s%s=", n > 0 ? " " : "", key) >=
		(int)(size - n) ||
	    sts_client_escape(out, size, value) != 0)
		out[n] = '\0';
}

static bool
is_bound(const struct sts_session *session)
{
	return session->stance == STS_ENFORCE || session->stance == STS_TESTING;
}

static const char *
mode_name(const struct sts_session *session)
{
	if (session->stance == STS_ENFORCE)
		return "enforce";
	return session->stance == STS_TESTING ? "testing" : "none";
}

static const char *
action_of(const struct sts_session *session, enum sts_outcome outcome)
{
	if (outcome == STS_SUCCESS)
		return "sent";
	if (session->dane || session->stance == STS_ENFORCE)
		return "refused";
	return session->stance == STS_TESTING ? "would-refuse" : "sent";
}

static void
tell_service(const struct sts_call *call, const struct sts_session *session,
    enum sts_outcome outcome)
{
	char words[WORDS_SIZE] = "", from[64] = "";

	/* Without a connection it is that of another one. */
	if (session->connected)
		sts_exim_value("$sending_ip_address", from, sizeof(from));
	add(words, sizeof(words), "result", outcomes[outcome].result);
	add(words, sizeof(words), "action", action_of(session, outcome));
	add(words, sizeof(words), "policy", session->dane ? "tlsa" : "");
	add(words, sizeof(words), "mode", mode_name(session));
	add(words, sizeof(words), "host", session->host);
	add(words, sizeof(words), "addr", session->addr);
	add(words, sizeof(words), "from", from);
	add(words, sizeof(words), "detail", outcomes[outcome].detail);
	if (outcome != STS_SUCCESS) /* a report has no place for it */
		add(words, sizeof(words), "helo", session->helo);
	sts_ask_result(call, words);
}

static void
tell_exim(const struct sts_call *call, const struct sts_session *session,
    enum sts_outcome outcome)
{
	char words[WORDS_SIZE] = "";

	add(words, sizeof(words), "domain", call->domain);
	add(words, sizeof(words), "mx", session->host);
	add(words, sizeof(words), "addr", session->addr);
	add(words, sizeof(words), "mode", mode_name(session));
	add(words, sizeof(words), "result", outcomes[outcome].result);
	add(words, sizeof(words), "detail", outcomes[outcome].detail);
	sts_exim_log("%s %s rule=\"%s\"", action_of(session, outcome), words,
	    outcomes[outcome].rule);
}

void
sts_report(const struct sts_call *call, const struct sts_session *session,
    enum sts_outcome outcome)
{
	bool policy = is_bound(session) && !session->dane;
	bool ours = policy && outcome != STS_SUCCESS;

	if (ours)
		tell_exim(call, session, outcome);
	if ((ours || session->tell) && !sts_exim_in_callout())
		tell_service(call, session, outcome);
}

void
sts_report_temp(const struct sts_call *call)
{
	struct sts_memo *m = sts_memo_find(call->domain);
	char words[WORDS_SIZE] = "";
	const char *reason = "service-unavailable";
	static bool said;

	if (m != NULL ? m->deferred : said)
		return;
	if (m != NULL)
		m->deferred = true;
	else
		said = true;
	add(words, sizeof(words), "domain", call->domain);
	if (call->domain[0] == '\0')
		reason = "no-domain"; /* multi_domain is not false */
	else if (m != NULL && m->mode == STS_TEMP)
		reason = m->reason;
	add(words, sizeof(words), "reason", reason);
	sts_exim_log("deferred %s", words);
}
