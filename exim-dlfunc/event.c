/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "attempt.h"
#include "event.h"
#include "exim.h"

/* $event_defer_errno of a failed TLS session, and of none where required. */
#define TLS_FAILURE  "-37"
#define TLS_REQUIRED "-38"

static const char go_on[] = "";
static const char temporary[] = "MTA-STS policy not known at the moment";

static bool
value_is(const char *text, const char *wanted)
{
	char value[16];

	return sts_exim_value(text, value, sizeof(value)) == 0 &&
	       strcmp(value, wanted) == 0;
}

static const char *
refuse_mx(const struct sts_call *call, struct sts_attempt *a)
{
	sts_attempt_report(call, a, STS_MX_MISMATCH);
	return a->stance == STS_ENFORCE ? "MX host not in MTA-STS policy"
					: go_on;
}

static const char *
connect_begins(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt_begin(call);
	const struct sts_memo *m = sts_memo_find(call->domain);
	bool match;

	if (m != NULL && m->routed)
		sts_attempt_report_passed_over(call);
	a->stance = sts_ask_verdict(call, a->host, &match);
	if (a->stance == STS_NONE)
		return go_on;
	if (a->stance == STS_TEMP) {
		sts_report_temp(call);
		return temporary;
	}
	if (match && sts_name_ok(a->host)) {
		memcpy(a->names.name[0], a->host, sizeof(a->host));
		a->names.n = 1;
		return go_on;
	}
	return !match && sts_attempt_recover(call, a) ? go_on
						      : refuse_mx(call, a);
}

/*
 * Exim verifies the chain, and the name by its own mind: it takes a name in
 * the CN, and for a CNAME'd MX the policy's name is another one. So the
 * DNS-IDs must cover the policy's name, but where DANE decides.
 */
static const char *
certificate(const struct sts_call *call, struct sts_attempt *a)
{
	if (!value_is("$event_data", "0") || a->names.n == 0)
		return go_on;
	sts_cert_look(call, &a->names, &a->cert);
	if (a->stance != STS_ENFORCE || !a->verify)
		return go_on;
	if (a->cert.cover == STS_COVER_UNKNOWN)
		return temporary;
	return a->cert.cover == STS_COVER_YES
		   ? go_on
		   : "certificate has no DNS-ID of the MTA-STS policy's MX "
		     "host";
}

/* The session is encrypted, and Exim's verdict is final. */
static void
tls_is_up(const struct sts_call *call, struct sts_attempt *a)
{
	if (a->names.n == 0)
		return;
	if (!a->cert.seen)
		sts_cert_look(call, &a->names, &a->cert);
	if (a->stance == STS_ENFORCE || value_is("$tls_out_dane", "yes") ||
	    (value_is("$tls_out_certificate_verified", "1") &&
		a->cert.cover == STS_COVER_YES))
		sts_attempt_report(call, a, STS_SUCCESS);
	else if (a->cert.seen && a->cert.cover != STS_COVER_UNKNOWN)
		sts_attempt_report(call, a, sts_attempt_cause(a));
}

static void
greeting(const struct sts_call *call, struct sts_attempt *a)
{
	char cipher[256];

	/* A value too long for us is one. */
	if (a->greeted &&
	    (sts_exim_value("$tls_out_cipher", cipher, sizeof(cipher)) != 0 ||
		cipher[0] != '\0'))
		tls_is_up(call, a);
	a->greeted = true;
}

/* Exim gives the host up; why is in $event_defer_errno, here up to date. */
static void
host_deferred(const struct sts_call *call, struct sts_attempt *a)
{
	if (!a->greeted || a->dane || a->names.n == 0)
		return;
	if (value_is("$event_defer_errno", TLS_REQUIRED)) {
		sts_attempt_report(call, a, STS_NO_STARTTLS);
	} else if (value_is("$event_defer_errno", TLS_FAILURE)) {
		if (!a->cert.seen)
			sts_cert_look(call, &a->names, &a->cert);
		if (!a->cert.seen || a->cert.cover != STS_COVER_UNKNOWN)
			sts_attempt_report(call, a, sts_attempt_cause(a));
	}
}

const char *
sts_event(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();

	if (strcmp(call->event, "tcp:connect") == 0)
		return connect_begins(call);
	if (!sts_attempt_is(a, call))
		return go_on;
	if (strcmp(call->event, "tls:cert") == 0)
		return certificate(call, a);
	if (strcmp(call->event, "dane:fail") == 0)
		a->dane = true;
	else if (strcmp(call->event, "smtp:ehlo") == 0)
		greeting(call, a);
	else if (strcmp(call->event, "msg:host:defer") == 0)
		host_deferred(call, a);
	return go_on;
}

const char *
sts_event_refuse(const struct sts_call *call)
{
	return strcmp(call->event, "tcp:connect") == 0 ? temporary : go_on;
}

void
sts_event_verify(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();

	if (sts_attempt_is(a, call))
		a->verify = true;
}

void
sts_event_no_tls(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();

	if (sts_attempt_is(a, call) && a->stance == STS_TESTING && a->greeted &&
	    !a->verify && !a->dane)
		sts_attempt_report(call, a, STS_NO_STARTTLS);
}
