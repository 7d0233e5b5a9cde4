/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_log.h"
#include "filter_sent.h"
#include "filter_sessions.h"
#include "sts/client.h"

#define DELIVERIES_MAX 4096 /* whose domains are being asked for */

/* A domain's part of a message that a server took. */
struct delivery {
	struct sts_waiter waiter;
	TAILQ_ENTRY(delivery) link;
	struct sts_sent *sent;
	char addr[64];
	char tls[16];
	char domain[];
};

TAILQ_HEAD(delivery_list, delivery);

struct sts_sent {
	struct sts_stances *stances;
	struct sts_sent_rules rules;
	struct sts_sessions *sessions;
	size_t n;
	struct delivery_list deliveries;
};

/* As they are remembered with the domain; 0: none yet. */
enum how { PLAIN = 1, UNVERIFIED, VERIFIED };

struct sts_sent *
sts_sent_new(struct sts_stances *stances, struct sts_sent_rules rules)
{
	struct sts_sent *sent = calloc(1, sizeof(*sent));

	if (sent == NULL)
		return NULL;
	sent->stances = stances;
	sent->rules = rules;
	TAILQ_INIT(&sent->deliveries);
	sent->sessions = sts_sessions_new();
	if (sent->sessions != NULL)
		return sent;
	free(sent);
	return NULL;
}

static void
drop(struct delivery *d)
{
	sts_stance_cancel(&d->waiter);
	TAILQ_REMOVE(&d->sent->deliveries, d, link);
	d->sent->n--;
	free(d);
}

void
sts_sent_free(struct sts_sent *sent)
{
	struct delivery *d, *next;

	if (sent == NULL)
		return;
	for (d = TAILQ_FIRST(&sent->deliveries); d != NULL; d = next) {
		next = TAILQ_NEXT(d, link);
		sts_stance_cancel(&d->waiter);
		free(d);
	}
	sts_sessions_free(sent->sessions);
	free(sent);
}

static enum how
how_sent(const struct delivery *d)
{
	if (d->tls[0] == '\0')
		return PLAIN;
	return d->sent->rules.unverified ? UNVERIFIED : VERIFIED;
}

static const char *
policy_name(enum sts_stance stance)
{
	if (stance == STS_STANCE_UNKNOWN)
		return "unknown";
	if (stance == STS_STANCE_NONE)
		return "none";
	return stance == STS_STANCE_TESTING ? "testing" : "enforce";
}

/*
 * That mail for a testing domain went over TLS says nothing about the
 * certificate, nor does it for others: nothing is told then.
 */
static void
tell_service(const struct delivery *d, enum sts_stance stance)
{
	static const char *const words[] = {
	    [PLAIN] = "result=starttls-not-supported action=would-refuse "
		      "detail=sent-without-tls",
	    [UNVERIFIED] = "result=validation-failure action=would-refuse "
			   "detail=sent-without-verification",
	    [VERIFIED] = "result=success action=sent"};
	enum how how = how_sent(d);
	char text[STS_NAME_SIZE + 256];

	if (stance < STS_STANCE_TESTING ||
	    (stance == STS_STANCE_TESTING && how != PLAIN))
		return;
	snprintf(text, sizeof(text), "result %s %s mode=%s%s%s", d->domain,
	    words[how], policy_name(stance), d->addr[0] != '\0' ? " addr=" : "",
	    d->addr);
	sts_stances_tell(d->sent->stances, text);
}

/* A domain that goes out as it did before is no news. */
static bool
is_news(const struct delivery *d, enum sts_stance stance)
{
	unsigned char *note;
	bool news;

	if (d->sent->rules.all)
		return true;
	if (stance < STS_STANCE_TESTING)
		return false;
	note = sts_stance_note(d->sent->stances, d->domain);
	if (note == NULL)
		return true;
	news = *note != how_sent(d);
	*note = (unsigned char)how_sent(d);
	return news;
}

/* Only where a policy is enforced, the action may be one that verifies. */
static const char *
verified(enum how how, enum sts_stance stance)
{
	if (how == PLAIN)
		return "no";
	if (stance < STS_STANCE_ENFORCE)
		return "unknown";
	return how == VERIFIED ? "yes" : "no";
}

static void
judge(const struct delivery *d, enum sts_stance stance)
{
	enum how how = how_sent(d);
	bool bare = stance >= STS_STANCE_ENFORCE && how != VERIFIED;

	if (bare || is_news(d, stance))
		sts_filter_log(
		    "%s domain=%s policy=%s tls=%s verified=%s addr=%s%s",
		    bare ? "unprotected" : "sent", d->domain,
		    policy_name(stance), how == PLAIN ? "no" : d->tls,
		    verified(how, stance), d->addr[0] != '\0' ? d->addr : "-",
		    bare
			? " detail=\"queued before the policy, or by an action "
			  "that does not verify\""
			: "");
	tell_service(d, stance);
}

static void
told(struct sts_waiter *waiter, const struct sts_known *known)
{
	struct delivery *d =
	    (struct delivery *)((char *)waiter -
				offsetof(struct delivery, waiter));

	judge(d, known->stance);
	drop(d);
}

static void
look(struct sts_sent *sent, const struct sts_session *session,
    const char *domain)
{
	size_t size = strlen(domain) + 1;
	struct delivery *d;
	struct sts_known known;

	if (sent->n >= DELIVERIES_MAX)
		return;
	d = calloc(1, sizeof(*d) + size);
	if (d == NULL)
		return;
	d->sent = sent;
	d->waiter.told = told;
	memcpy(d->addr, session->addr, sizeof(d->addr));
	memcpy(d->tls, session->tls, sizeof(d->tls));
	memcpy(d->domain, domain, size);
	TAILQ_INSERT_TAIL(&sent->deliveries, d, link);
	sent->n++;
	if (sts_stance_ask(sent->stances, domain, &d->waiter, &known))
		told(&d->waiter, &known);
}

/* 6.8 reports TLS before it looks at the certificate, but goes on after it
 * alone. */
static void
on_identify(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)sent;
	(void)rest;
	session->usable = session->greeted;
	session->greeted = true;
}

static void
on_begin(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	(void)sent;
	(void)rest;
	session->usable = true;
	sts_session_clear(session);
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

/* MESSAGE|RESULT|ADDRESS; in some older protocols MESSAGE|ADDRESS|RESULT. */
static void
on_rcpt(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	struct sts_field tail, result;
	char domain[STS_NAME_SIZE];

	(void)sent;
	sts_field_first(&rest);
	tail = rest;
	result = sts_field_first(&tail);
	if (!sts_field_is(result, "ok") && !sts_field_is(result, "tempfail") &&
	    !sts_field_is(result, "permfail")) {
		tail = rest;
		result = sts_field_last(&tail);
	}
	if (sts_field_is(result, "ok") &&
	    sts_field_domain(tail, domain, sizeof(domain)))
		sts_session_domain(session, domain);
}

static void
on_commit(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	size_t i;

	(void)rest;
	for (i = 0; i < session->n; i++)
		look(sent, session, session->domain[i]);
	sts_session_clear(session);
}

/* It came to nothing: the next attempt is better made at another host. Where
 * nothing is verified, smtpd itself goes on to the next. */
static void
on_disconnect(
    struct sts_sent *sent, struct sts_session *session, struct sts_field rest)
{
	char text[sizeof("doubt ") + sizeof(session->addr)];

	(void)rest;
	snprintf(text, sizeof(text), "doubt %s", session->addr);
	if (!session->usable && !sent->rules.unverified &&
	    session->addr[0] != '\0')
		sts_stances_tell(sent->stances, text);
	sts_session_end(sent->sessions, session);
}

static const struct {
	const char *event;
	void (*act)(struct sts_sent *sent, struct sts_session *session,
	    struct sts_field rest);
} acts[] = {
    {"link-identify", on_identify},
    {"link-tls", on_tls},
    {"tx-begin", on_begin},
    {"tx-rcpt", on_rcpt},
    {"tx-commit", on_commit},
    {"link-disconnect", on_disconnect},
};

const char *const sts_sent_events[] = {"link-connect", "link-identify",
    "link-tls", "tx-begin", "tx-rcpt", "tx-commit", "link-disconnect", NULL};

/* NAME|pass|SOURCE|SERVER; NAME is remote and may hold anything. */
static void
connected(struct sts_sent *sent, const struct sts_filter_line *line)
{
	struct sts_session *session =
	    sts_session_make(sent->sessions, line->session);
	struct sts_field rest = line->rest;
	struct sts_field server = sts_field_last(&rest);
	const char *colon = memrchr(server.p, ':', server.n);
	char addr[sizeof(session->addr)] = "";
	size_t n = colon != NULL ? (size_t)(colon - server.p) : server.n;

	if (session == NULL)
		return;
	if (n > 1 && server.p[0] == '[' && server.p[n - 1] == ']') {
		server.p++;
		n -= 2;
	}
	if (n < sizeof(addr))
		memcpy(addr, server.p, n);
	if (sts_client_escape(session->addr, sizeof(session->addr), addr) != 0)
		session->addr[0] = '\0';
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
