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

static const char wrong_mx[] = "MX host not in MTA-STS policy";
static const char wrong_name[] =
    "certificate has no DNS-ID of the MTA-STS policy's MX host";

static const char *
refuse_mx(const struct sts_call *call, struct sts_attempt *a)
{
	sts_attempt_report(call, a, STS_MX_MISMATCH);
	return a->stance == STS_ENFORCE ? wrong_mx : go_on;
}

static const char *
connect_begins(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt_begin(call);
	const struct sts_memo *m = sts_memo_find(call->domain);
	bool match;

	if (m != NULL && m->passed)
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

/* One event a certificate; "0" is the host's own, and what cannot be read. */
static bool
of_the_host(void)
{
	char depth[16];

	return sts_exim_value("$event_data", depth, sizeof(depth)) != 0 ||
	       strspn(depth, "0") == strlen(depth);
}

/*
 * Exim verifies the chain; the name is ours to check, and ours alone where
 * sts_event_names() said so: the DNS-IDs must cover the policy's name, but
 * where DANE decides. Whatever is not known here refuses.
 */
static const char *
certificate(const struct sts_call *call, struct sts_attempt *a)
{
	if (!sts_attempt_is(a, call))
		return a->unnamed ? temporary : go_on;
	if (!of_the_host())
		return go_on;
	if (a->names.n > 0)
		sts_cert_look(call, &a->names, &a->cert);
	if (!a->demanded)
		return go_on;
	if (a->names.n == 0)
		return a->stance == STS_ENFORCE ? wrong_mx : temporary;
	if (a->cert.cover == STS_COVER_YES)
		return go_on;
	return a->cert.cover == STS_COVER_NO ? wrong_name : temporary;
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

/* Exim keeps what the last host left until a connection says otherwise. */
static bool
tls_may_be_up(const struct sts_attempt *a)
{
	/* Before any EHLO: protocol = smtps. */
	return a->greeted || a->verify || a->cert.seen;
}

static void
greeting(const struct sts_call *call, struct sts_attempt *a)
{
	char cipher[256];

	/* A value too long for us is one. */
	if (tls_may_be_up(a) &&
	    (sts_exim_value("$tls_out_cipher", cipher, sizeof(cipher)) != 0 ||
		cipher[0] != '\0'))
		tls_is_up(call, a);
	a->greeted = true;
}

/* Exim gives the host up; why is in $event_defer_errno, here up to date. */
static void
host_deferred(const struct sts_call *call, struct sts_attempt *a)
{
	if (!tls_may_be_up(a) || a->dane || a->names.n == 0)
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
	if (strcmp(call->event, "tls:cert") == 0)
		return certificate(call, a);
	if (!sts_attempt_is(a, call))
		return go_on;
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
	return strcmp(call->event, "tcp:connect") == 0 ||
		       strcmp(call->event, "tls:cert") == 0
		   ? temporary
		   : go_on;
}

void
sts_event_verify(const struct sts_call *call, bool demanded)
{
	struct sts_attempt *a = sts_attempt();

	if (!sts_attempt_is(a, call))
		return;
	a->verify = true;
	a->demanded = demanded;
}

/*
 * Exim compares with the MX record's name alone. Who points a name of his at
 * another domain's MX host, and lists both names, would have Exim refuse that
 * host, and its retry record delay the other domain.
 */
const char *
sts_event_names(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();

	if (!sts_attempt_is(a, call) || !a->demanded || a->names.n == 0)
		return "*";
	a->unnamed = true;
	return "";
}

const char *
sts_event_sni(const struct sts_call *call)
{
	static char host[STS_NAME_SIZE];
	struct sts_attempt *a = sts_attempt();

	if (sts_attempt_is(a, call) && a->alias && !a->named_mx)
		return a->names.name[0];
	sts_exim_value("$host", host, sizeof(host));
	return host;
}

void
sts_event_no_tls(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();

	if (sts_attempt_is(a, call) && a->stance == STS_TESTING && a->greeted &&
	    !a->verify && !a->dane)
		sts_attempt_report(call, a, STS_NO_STARTTLS);
}
