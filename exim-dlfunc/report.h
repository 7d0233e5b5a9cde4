/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_H
#define STS_REPORT_H

#include "call.h"
#include "memo.h"

/* What became of one MX host; the names are RFC 8460's. */
enum sts_outcome {
	STS_SUCCESS,
	STS_NO_STARTTLS,
	STS_EXPIRED,
	STS_WRONG_NAME,
	STS_UNTRUSTED,
	STS_NO_TLS,      /* the handshake failed before a certificate came */
	STS_MX_MISMATCH, /* the policy does not name it */
	STS_DANE_REQUIRED,
	STS_DNSSEC_INVALID,
	STS_TLSA_INVALID,
	STS_DANE_FAILED, /* and Exim does not say how */
	STS_OUTCOMES
};

/* A session with an MX host, or why there was none. */
struct sts_session {
	enum sts_stance stance;
	bool tell;      /* the service wants to hear of all of them */
	bool dane;      /* DANE decided, not a policy */
	bool connected; /* there is an address of ours */
	const char *host, *addr, *helo; /* "": not known */
};

/*
 * Under enforce a failure was a refusal, under testing it would have been one:
 * a line in Exim's main log and one for the service. A success goes to the
 * service alone, and only with tell; so does what has no policy, and what DANE
 * decided, which Exim logs itself. What happens in a callout ($verify_mode)
 * goes to Exim's log alone.
 */
void sts_report(const struct sts_call *call, const struct sts_session *session,
    enum sts_outcome outcome);

/* One line in Exim's main log, once a domain: no answer that can be used. */
void sts_report_temp(const struct sts_call *call);

#endif
