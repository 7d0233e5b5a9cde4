/* SPDX-License-Identifier: ISC */
#ifndef STS_TLS_RESULT_H
#define STS_TLS_RESULT_H

#include <stdbool.h>

#include "sts/err.h"
#include "sts/str.h"

/* RFC 8460 section 4.3, and success. */
enum sts_result_type {
	STS_RESULT_SUCCESS,
	STS_RESULT_STARTTLS_NOT_SUPPORTED,
	STS_RESULT_CERTIFICATE_HOST_MISMATCH,
	STS_RESULT_CERTIFICATE_NOT_TRUSTED,
	STS_RESULT_CERTIFICATE_EXPIRED,
	STS_RESULT_VALIDATION_FAILURE,
	STS_RESULT_TLSA_INVALID,
	STS_RESULT_DNSSEC_INVALID,
	STS_RESULT_DANE_REQUIRED,
	STS_RESULT_STS_POLICY_FETCH_ERROR,
	STS_RESULT_STS_POLICY_INVALID,
	STS_RESULT_STS_WEBPKI_INVALID,
	STS_RESULT_TYPES
};

enum sts_policy_type {
	STS_POLICY_TLSA,
	STS_POLICY_STS,
	STS_POLICY_NOT_FOUND, /* no policy, or mode none */
	STS_POLICY_TYPES
};

/* "certificate-expired" and so on, "success"; static. */
const char *sts_result_type_name(enum sts_result_type type);
enum sts_err
sts_result_type_parse(struct sts_str text, enum sts_result_type *out);
/* "tlsa", "sts", "no-policy-found"; static. */
const char *sts_policy_type_name(enum sts_policy_type type);
enum sts_err
sts_policy_type_parse(struct sts_str text, enum sts_policy_type *out);

/*
 * What became of one session with an MX host, or of one fetch of a policy
 * (RFC 8460 section 4.2). Texts may be empty, and be of any octets: what is
 * not printable ASCII is escaped, what is too long is cut when it is counted.
 */
struct sts_tls_result {
	const char *domain; /* the policy domain, a lower-case A-label */
	enum sts_policy_type policy_type;
	/* STS: the policy as it was served, to the octet; empty if none was
	 * had. TLSA: a line with the TLSA base domain, then the records, a line
	 * each. NOT_FOUND: empty. */
	struct sts_str policy;
	enum sts_result_type result;
	struct sts_str mx;           /* receiving-mx-hostname */
	struct sts_str sending_ip;   /* ours */
	struct sts_str receiving_ip; /* theirs */
	struct sts_str helo;         /* what it calls itself */
	struct sts_str reason;       /* failure-reason-code */
};

#endif
