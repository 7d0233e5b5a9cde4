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
	STS_OUTCOMES
};

/*
 * Under enforce a failure was a refusal, under testing it would have been one:
 * a line in Exim's main log and one for the service. A success goes to the
 * service alone, what happens in a callout ($verify_mode) to Exim's log alone.
 * addr may be "".
 */
void sts_report(const struct sts_call *call, enum sts_stance stance,
    enum sts_outcome outcome, const char *host, const char *addr);

/* One line in Exim's main log, once a domain: no answer that can be used. */
void sts_report_temp(const struct sts_call *call);

#endif
