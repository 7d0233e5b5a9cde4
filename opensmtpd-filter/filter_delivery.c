/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_delivery.h"
#include "filter_log.h"

#define DELIVERIES_MAX 4096 /* whose domains are being asked for */
#define FACTS_SIZE     512

/* A domain's part of a session, or of a message that a server took. */
struct delivery {
	struct sts_waiter waiter;
	TAILQ_ENTRY(delivery) link;
	struct sts_deliveries *of;
	bool message; /* taken: to be logged; else to be told */
	struct sts_fault fault;
	char addr[64];
	char tls[16];
	char facts[FACTS_SIZE];
	char domain[];
};

TAILQ_HEAD(delivery_list, delivery);

struct sts_deliveries {
	struct sts_stances *stances;
	struct sts_sent_rules rules;
	size_t n;
	struct delivery_list list;
};

/* As they are remembered with the domain; 0: none yet. */
enum how { PLAIN = 1, UNVERIFIED, VERIFIED };

struct sts_deliveries *
sts_deliveries_new(struct sts_stances *stances, struct sts_sent_rules rules)
{
	struct sts_deliveries *deliveries = calloc(1, sizeof(*deliveries));

	if (deliveries == NULL)
		return NULL;
	deliveries->stances = stances;
	deliveries->rules = rules;
	TAILQ_INIT(&deliveries->list);
	return deliveries;
}

static void
drop(struct delivery *d)
{
	sts_stance_cancel(&d->waiter);
	TAILQ_REMOVE(&d->of->list, d, link);
	d->of->n--;
	free(d);
}

void
sts_deliveries_free(struct sts_deliveries *deliveries)
{
	struct delivery *d, *next;

	if (deliveries == NULL)
		return;
	for (d = TAILQ_FIRST(&deliveries->list); d != NULL; d = next) {
		next = TAILQ_NEXT(d, link);
		sts_stance_cancel(&d->waiter);
		free(d);
	}
	free(deliveries);
}

static enum how
how_sent(const struct delivery *d)
{
	if (d->tls[0] == '\0')
		return PLAIN;
	return d->of->rules.unverified ? UNVERIFIED : VERIFIED;
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
 * result=, action= and so on; false: nothing to tell. Of TLS smtpd says nothing
 * but that it was there. Under enforce an action may have verified it; under
 * testing none did.
 */
static bool
put_result(const struct delivery *d, const struct sts_known *known, char *out,
    size_t size)
{
	enum how how = how_sent(d);
	bool bound = known->stance >= STS_STANCE_TESTING;

	if (known->stance == STS_STANCE_UNKNOWN)
		return false;
	if (how == PLAIN) {
		snprintf(out, size, "result=%s action=%s detail=%s",
		    d->fault.result, bound ? "would-refuse" : "sent",
		    d->fault.detail[0] != '\0' ? d->fault.detail
					       : "sent-without-tls");
		return bound || known->tell;
	}
	if (known->stance >= STS_STANCE_ENFORCE && how == UNVERIFIED) {
		snprintf(out, size,
		    "result=validation-failure action=would-refuse "
		    "verified=no detail=sent-without-verification");
		return true;
	}
	snprintf(out, size, "result=success action=sent%s",
	    known->stance == STS_STANCE_TESTING ? " verified=no" : "");
	return known->tell;
}

static void
tell_service(const struct delivery *d, const struct sts_known *known)
{
	char text[STS_NAME_SIZE + FACTS_SIZE + 256], result[128];

	if (!put_result(d, known, result, sizeof(result)))
		return;
	snprintf(text, sizeof(text), "result %s %s mode=%s%s progress",
	    d->domain, result, policy_name(known->stance), d->facts);
	sts_stances_tell(d->of->stances, text);
}

/* A domain that goes out as it did before is no news. */
static bool
is_news(const struct delivery *d, enum sts_stance stance)
{
	unsigned char *note;
	bool news;

	if (d->of->rules.all)
		return true;
	if (stance < STS_STANCE_TESTING)
		return false;
	note = sts_stance_note(d->of->stances, d->domain);
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
log_sent(const struct delivery *d, enum sts_stance stance)
{
	enum how how = how_sent(d);
	bool bare = stance >= STS_STANCE_ENFORCE && how != VERIFIED;

	if (!bare && !is_news(d, stance))
		return;
	sts_filter_log("%s domain=%s policy=%s tls=%s verified=%s addr=%s%s",
	    bare ? "unprotected" : "sent", d->domain, policy_name(stance),
	    how == PLAIN ? "no" : d->tls, verified(how, stance),
	    d->addr[0] != '\0' ? d->addr : "-",
	    bare ? " detail=\"queued before the policy, or by an action "
		   "that does not verify\""
		 : "");
}

static void
told(struct sts_waiter *waiter, const struct sts_known *known)
{
	struct delivery *d =
	    (struct delivery *)((char *)waiter -
				offsetof(struct delivery, waiter));

	if (d->message)
		log_sent(d, known->stance);
	else
		tell_service(d, known);
	drop(d);
}

/* key=value, if there is one; the values are escaped. */
static void
put_facts(const struct sts_session *session, bool addr, char out[FACTS_SIZE])
{
	const struct {
		const char *key, *value;
	} facts[] = {{"addr", addr ? session->addr : ""},
	    {"from", session->from}, {"helo", session->helo}};
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].value[0] != '\0')
			n += (size_t)snprintf(out + n, FACTS_SIZE - n, " %s=%s",
			    facts[i].key, facts[i].value);
}

static void
look(struct sts_deliveries *deliveries, const struct sts_session *session,
    const char *domain, bool message)
{
	size_t size = strlen(domain) + 1;
	struct delivery *d;
	struct sts_known known;

	if (deliveries->n >= DELIVERIES_MAX)
		return;
	d = calloc(1, sizeof(*d) + size);
	if (d == NULL)
		return;
	d->of = deliveries;
	d->waiter.told = told;
	d->message = message;
	d->fault = sts_session_fault(session);
	memcpy(d->addr, session->addr, sizeof(d->addr));
	memcpy(d->tls, session->tls, sizeof(d->tls));
	put_facts(session, true, d->facts);
	memcpy(d->domain, domain, size);
	TAILQ_INSERT_TAIL(&deliveries->list, d, link);
	deliveries->n++;
	if (sts_stance_ask(deliveries->stances, domain, &d->waiter, &known))
		told(&d->waiter, &known);
}

void
sts_delivery_session(struct sts_deliveries *deliveries,
    const struct sts_session *session, const char *domain)
{
	look(deliveries, session, domain, false);
}

void
sts_delivery_sent(struct sts_deliveries *deliveries,
    const struct sts_session *session, const char *domain)
{
	look(deliveries, session, domain, true);
}

/* The next attempt is better made at another host. Where nothing is verified,
 * smtpd itself goes on to the next. */
void
sts_delivery_failed(
    struct sts_deliveries *deliveries, const struct sts_session *session)
{
	struct sts_fault fault = sts_session_fault(session);
	char text[FACTS_SIZE + 256], facts[FACTS_SIZE] = "", result[128] = "";

	if (deliveries->rules.unverified || session->addr[0] == '\0')
		return;
	if (session->answered) {
		put_facts(session, false, facts);
		snprintf(result, sizeof(result), " result=%s%s%s", fault.result,
		    fault.detail[0] != '\0' ? " detail=" : "", fault.detail);
	}
	snprintf(
	    text, sizeof(text), "doubt %s%s%s", session->addr, result, facts);
	sts_stances_tell(deliveries->stances, text);
}
