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
	char value[32];

	return sts_exim_value(text, value, sizeof(value)) == 0 &&
	       strcmp(value, wanted) == 0;
}

static const char wrong_mx[] = "MX host not in MTA-STS policy";
static const char wrong_name[] =
    "certificate has no DNS-ID of the MTA-STS policy's MX host";

/* Under testing the connection is made, and the report tells its addresses. */
static const char *
refuse_mx(const struct sts_call *call, struct sts_attempt *a)
{
	if (a->stance == STS_ENFORCE) {
		sts_attempt_report(call, a, STS_MX_MISMATCH);
		return wrong_mx;
	}
	a->unnamed_mx = true;
	return go_on;
}

static const char *
connect_begins(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt_begin(call);
	const struct sts_memo *m = sts_memo_find(call->domain);
	bool match;

	if (m != NULL && m->passed)
		sts_attempt_report_passed_over(call);
	match = sts_attempt_ask(call, a);
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

/* The connection is there, or Exim has given it up. */
static void
connect_ends(const struct sts_call *call, struct sts_attempt *a, bool connected)
{
	a->connected = a->connected || connected;
	if (a->unnamed_mx)
		sts_attempt_report(call, a, STS_MX_MISMATCH);
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

/* The session is encrypted, and Exim's verdict is final. Where DANE has made it
 * nobody looked whether the certificate would do for a policy. */
static void
tls_is_up(const struct sts_call *call, struct sts_attempt *a)
{
	bool dane;

	if (!a->tell && a->stance != STS_TESTING)
		return;
	dane = value_is("$tls_out_dane", "yes");
	if (dane)
		sts_attempt_report_dane(call, a, STS_SUCCESS);
	if (a->stance == STS_NONE && !dane)
		sts_attempt_report(call, a, STS_SUCCESS);
	if (dane || a->names.n == 0)
		return;
	if (!a->cert.seen)
		sts_cert_look(call, &a->names, &a->cert);
	if (a->stance == STS_ENFORCE ||
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

/* The name in the first line of a reply: "250-mx.example.com at your service".
 * A failure is told with it. */
static void
read_helo(struct sts_attempt *a)
{
	const char *text = sts_exim_expand("$event_data");
	size_t n;

	if (text == NULL || strlen(text) < 4)
		return;
	text += 4;
	n = strcspn(text, " \t\r\n");
	if (n < sizeof(a->helo)) {
		memcpy(a->helo, text, n);
		a->helo[n] = '\0';
	}
}

static void
greeting(const struct sts_call *call, struct sts_attempt *a)
{
	char cipher[256];

	if (a->helo[0] == '\0' && (a->tell || a->stance != STS_NONE))
		read_helo(a);
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
	bool none = a->stance == STS_NONE;

	connect_ends(call, a, false);
	if (!tls_may_be_up(a) || a->dane || (none ? !a->tell : a->names.n == 0))
		return;
	if (value_is("$event_defer_errno", TLS_REQUIRED)) {
		sts_attempt_report(call, a, STS_NO_STARTTLS);
	} else if (value_is("$event_defer_errno", TLS_FAILURE)) {
		if (!a->cert.seen && !none)
			sts_cert_look(call, &a->names, &a->cert);
		if (!a->cert.seen || a->cert.cover != STS_COVER_UNKNOWN)
			sts_attempt_report(call, a, sts_attempt_cause(a));
	}
}

static enum sts_outcome
dane_outcome(void)
{
	if (value_is("$event_data", "dane-required"))
		return STS_DANE_REQUIRED;
	if (value_is("$event_data", "dnssec-invalid"))
		return STS_DNSSEC_INVALID;
	if (value_is("$event_data", "tlsa-invalid"))
		return STS_TLSA_INVALID;
	return value_is("$event_data", "starttls-not-supported")
		   ? STS_NO_STARTTLS
		   : STS_DANE_FAILED;
}

/* Without TLSA records that can be trusted Exim does not connect at all. */
static void
dane_fails(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();
	enum sts_outcome outcome = dane_outcome();

	if (outcome == STS_DANE_REQUIRED || outcome == STS_DNSSEC_INVALID) {
		a = sts_attempt_begin(call);
		a->dane_done = false;
		(void)sts_attempt_ask(call, a);
	} else if (!sts_attempt_is(a, call)) {
		return;
	}
	a->dane = true;
	sts_attempt_report_dane(call, a, outcome);
}

const char *
sts_event(const struct sts_call *call)
{
	struct sts_attempt *a = sts_attempt();

	if (strcmp(call->event, "tcp:connect") == 0)
		return connect_begins(call);
	if (strcmp(call->event, "tls:cert") == 0)
		return certificate(call, a);
	if (strcmp(call->event, "dane:fail") == 0)
		dane_fails(call);
	else if (!sts_attempt_is(a, call))
		return go_on;
	else if (strcmp(call->event, "smtp:connect") == 0)
		connect_ends(call, a, true);
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
	a->verify = a->connected = true;
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

	if (!sts_attempt_is(a, call) || !a->greeted || a->verify || a->dane)
		return;
	if (a->stance == STS_TESTING || (a->stance == STS_NONE && a->tell))
		sts_attempt_report(call, a, STS_NO_STARTTLS);
}
