/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "attempt.h"
#include "exim.h"

/* The events of one connection come in separate calls. */
static struct sts_attempt current;

struct sts_attempt *
sts_attempt(void)
{
	return &current;
}

struct sts_attempt *
sts_attempt_begin(const struct sts_call *call)
{
	static struct sts_attempt last;
	struct sts_attempt *a = &current;

	last = current;
	memset(a, 0, sizeof(*a));
	a->live = true;
	a->stance = STS_TEMP;
	memcpy(a->domain, call->domain, sizeof(a->domain));
	sts_exim_value("$host", a->host, sizeof(a->host));
	sts_exim_value("$host_address", a->addr, sizeof(a->addr));
	/* Exim tries a host in clear again after a TLS failure: one result. */
	if (last.live && strcmp(a->domain, last.domain) == 0 &&
	    strcasecmp(a->host, last.host) == 0 &&
	    strcmp(a->addr, last.addr) == 0) {
		a->done = last.done;
		a->dane_done = last.dane_done;
	}
	return a;
}

bool
sts_attempt_is(const struct sts_attempt *attempt, const struct sts_call *call)
{
	return attempt->live && strcmp(attempt->domain, call->domain) == 0;
}

bool
sts_attempt_ask(const struct sts_call *call, struct sts_attempt *attempt)
{
	const struct sts_memo *m;
	bool match;

	attempt->stance = sts_ask_verdict(call, attempt->host, &match);
	m = sts_memo_find(call->domain);
	attempt->tell = m != NULL && m->tell;
	return match;
}

static void
report(const struct sts_call *call, const struct sts_attempt *attempt,
    enum sts_outcome outcome, bool dane)
{
	const struct sts_session session = {.stance = attempt->stance,
	    .tell = attempt->tell,
	    .dane = dane,
	    .connected = attempt->connected,
	    /* RFC 8460 wants the name in the MX record. */
	    .host = attempt->alias && !attempt->named_mx
			? attempt->names.name[0]
			: attempt->host,
	    .addr = attempt->addr,
	    .helo = attempt->helo};

	sts_report(call, &session, outcome);
}

void
sts_attempt_report(const struct sts_call *call, struct sts_attempt *attempt,
    enum sts_outcome outcome)
{
	if (attempt->done)
		return;
	attempt->done = true;
	report(call, attempt, outcome, false);
}

void
sts_attempt_report_dane(const struct sts_call *call,
    struct sts_attempt *attempt, enum sts_outcome outcome)
{
	if (attempt->dane_done)
		return;
	attempt->dane_done = true;
	report(call, attempt, outcome, true);
}

enum sts_outcome
sts_attempt_cause(const struct sts_attempt *attempt)
{
	const struct sts_cert *cert = &attempt->cert;

	if (!cert->seen)
		return STS_NO_TLS;
	if (cert->cover == STS_COVER_NO && attempt->named_mx)
		return STS_MX_MISMATCH;
	if (cert->expired)
		return STS_EXPIRED;
	if (cert->cover == STS_COVER_NO)
		return STS_WRONG_NAME;
	return STS_UNTRUSTED;
}

static void
keep(struct sts_names *names, const char *name)
{
	memcpy(names->name[names->n++], name, STS_NAME_SIZE);
}

/* A smart host is looked up by its own name, whatever MX records it has. */
static void
candidates(const struct sts_call *call, struct sts_names *mx)
{
	sts_names_mx(call->domain, mx);
	if (call->fixed && mx->n < STS_NAMES_MAX && sts_name_ok(call->domain) &&
	    !sts_names_has(mx, call->domain))
		keep(mx, call->domain);
}

bool
sts_attempt_recover(const struct sts_call *call, struct sts_attempt *attempt)
{
	static struct sts_names mx;
	size_t i;
	bool match;

	if (!sts_name_ok(attempt->host))
		return false;
	candidates(call, &mx);
	attempt->named_mx = sts_names_has(&mx, attempt->host);
	for (i = 0; i < mx.n; i++) {
		sts_ask_verdict(call, mx.name[i], &match);
		if (match && sts_names_leads(mx.name[i], attempt->host))
			keep(&attempt->names, mx.name[i]);
	}
	attempt->alias = attempt->names.n > 0;
	return attempt->alias;
}

void
sts_attempt_report_passed_over(const struct sts_call *call)
{
	static struct sts_names mx;
	struct sts_session session = {
	    .stance = STS_ENFORCE, .addr = "", .helo = ""};
	struct sts_memo *m = sts_memo_find(call->domain);
	enum sts_stance stance;
	bool match;
	size_t i;

	if (m == NULL || m->reported || m->mode != STS_ENFORCE)
		return;
	m->reported = true;
	sts_names_mx(call->domain, &mx);
	for (i = 0; i < mx.n; i++) {
		stance = sts_ask_verdict(call, mx.name[i], &match);
		if (stance != STS_ENFORCE || match)
			continue;
		session.host = mx.name[i];
		sts_report(call, &session, STS_MX_MISMATCH);
	}
}
