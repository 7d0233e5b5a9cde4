/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter_sent.h"
#include "sts/client.h"

#define HELO_MAX 100 /* octets that are told of what a server calls itself */

struct sts_sent {
	struct sts_sessions *sessions;
	struct sts_deliveries *deliveries;
};

struct sts_sent *
sts_sent_new(struct sts_stances *stances, struct sts_sent_rules rules)
{
	struct sts_sent *sent = calloc(1, sizeof(*sent));

	if (sent == NULL)
		return NULL;
	sent->sessions = sts_sessions_new();
	sent->deliveries = sts_deliveries_new(stances, rules);
	if (sent->sessions != NULL && sent->deliveries != NULL)
		return sent;
	sts_sent_free(sent);
	return NULL;
}

void
sts_sent_free(struct sts_sent *sent)
{
	if (sent == NULL)
		return;
	sts_deliveries_free(sent->deliveries);
	sts_sessions_free(sent->sessions);
	free(sent);
}

/* What the server calls itself in its banner. */
static void
on_greeting(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	char helo[HELO_MAX + 1] = "";

	(void)sent;
	memcpy(helo, rest.p, rest.n < HELO_MAX ? rest.n : HELO_MAX);
	session->helo[0] = '\0';
	if (sts_client_escape(session->helo, sizeof(session->helo), helo) != 0)
		session->helo[0] = '\0';
}

static bool
begins(struct sts_field field, const char *word)
{
	size_t n = strlen(word);

	return field.n >= n && strncasecmp(field.p, word, n) == 0;
}

/* What we say before there is mail. */
static void
on_client(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)sent;
	if (sts_field_is(rest, "STARTTLS"))
		session->asked = true;
}

/* And what the server says to it: 250-STARTTLS, then 220. */
static void
on_server(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)sent;
	if (session->tls[0] != '\0' || session->usable)
		return;
	if (session->asked) {
		session->granted = session->granted || begins(rest, "220");
		return;
	}
	if (!session->greeted || !begins(rest, "250"))
		return;
	session->answered = true;
	if (begins(rest, "250-STARTTLS") || begins(rest, "250 STARTTLS"))
		session->offered = true;
}

/* 6.8 reports TLS before it looks at the certificate, but goes on after it
 * alone. */
static void
on_identify(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)sent;
	(void)rest;
	session->usable = session->greeted && session->granted;
	session->greeted = true;
}

static void
on_begin(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)sent;
	(void)rest;
	session->usable = true;
	sts_domains_clear(&session->message);
}

/* VERSION:CIPHER:BITS */
static void
on_tls(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	size_t i;

	(void)sent;
	memcpy(session->tls, "TLS", sizeof("TLS"));
	for (i = 0; i < rest.n && i + 1 < sizeof(session->tls) &&
		    rest.p[i] > ' ' && rest.p[i] <= '~' && rest.p[i] != ':';
	     i++)
		session->tls[i] = rest.p[i];
	if (i > 0)
		session->tls[i] = '\0';
}

/*
 * MESSAGE|RESULT|ADDRESS; in some older protocols MESSAGE|ADDRESS|RESULT. What
 * became of TLS is told once for each domain, whatever its server says of the
 * recipient.
 */
static void
on_rcpt(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	struct sts_field tail, result;
	char domain[STS_NAME_SIZE];

	sts_field_first(&rest);
	tail = rest;
	result = sts_field_first(&tail);
	if (!sts_field_is(result, "ok") && !sts_field_is(result, "tempfail") &&
	    !sts_field_is(result, "permfail")) {
		tail = rest;
		result = sts_field_last(&tail);
	}
	if (!sts_field_domain(tail, domain, sizeof(domain)))
		return;
	if (sts_domains_add(&session->told, domain))
		sts_delivery_session(sent->deliveries, session, domain);
	if (sts_field_is(result, "ok"))
		sts_domains_add(&session->message, domain);
}

static void
on_commit(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	size_t i;

	(void)rest;
	for (i = 0; i < session->message.n; i++)
		sts_delivery_sent(
		    sent->deliveries, session, session->message.name[i]);
	sts_domains_clear(&session->message);
}

static void
on_disconnect(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)rest;
	if (!session->usable)
		sts_delivery_failed(sent->deliveries, session);
	sts_session_end(sent->sessions, session);
}

static const struct {
	const char *event;
	void (*act)(struct sts_sent *sent, struct sts_session *session,
	    struct sts_field rest);
} acts[] = {
    {"link-greeting", on_greeting},
    {"link-identify", on_identify},
    {"link-tls", on_tls},
    {"protocol-client", on_client},
    {"protocol-server", on_server},
    {"tx-begin", on_begin},
    {"tx-rcpt", on_rcpt},
    {"tx-commit", on_commit},
    {"link-disconnect", on_disconnect},
};

const char *const sts_sent_events[] = {"link-connect", "link-greeting",
    "link-identify", "link-tls", "protocol-client", "protocol-server",
    "tx-begin", "tx-rcpt", "tx-commit", "link-disconnect", NULL};

/* ADDRESS:PORT or [ADDRESS]:PORT */
static void
take_address(struct sts_field end, char *out, size_t size)
{
	const char *colon = memrchr(end.p, ':', end.n);
	size_t n = colon != NULL ? (size_t)(colon - end.p) : end.n;
	char addr[64] = "";

	if (n > 1 && end.p[0] == '[' && end.p[n - 1] == ']') {
		end.p++;
		n -= 2;
	}
	if (n < sizeof(addr))
		memcpy(addr, end.p, n);
	out[0] = '\0';
	if (sts_client_escape(out, size, addr) != 0)
		out[0] = '\0';
}

/* NAME|pass|SOURCE|SERVER; NAME is remote and may hold anything. */
static void
connected(struct sts_sent *sent, const struct sts_filter_line *line)
{
	struct sts_session *session =
	    sts_session_make(sent->sessions, line->session);
	struct sts_field rest = line->rest;

	if (session == NULL)
		return;
	take_address(
	    sts_field_last(&rest), session->addr, sizeof(session->addr));
	take_address(
	    sts_field_last(&rest), session->from, sizeof(session->from));
}

void
sts_sent_event(struct sts_sent *sent, const struct sts_filter_line *line)
{
	struct sts_session *session;
	size_t i;

	if (sts_field_is(line->event, "link-connect")) {
		connected(sent, line);
		return;
	}
	session = sts_session_find(sent->sessions, line->session);
	for (i = 0; session != NULL && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (sts_field_is(line->event, acts[i].event)) {
			acts[i].act(sent, session, line->rest);
			return;
		}
}
