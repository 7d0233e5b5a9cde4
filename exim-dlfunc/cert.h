/* SPDX-License-Identifier: ISC */
#ifndef STS_CERT_H
#define STS_CERT_H

#include "ask.h"

/* What we know of the certificate that the MX host showed. */
struct sts_cert {
	bool seen;
	bool expired;
	enum sts_cover cover; /* one of the names asked about */
};

/*
 * Look at $tls_out_peercert: is it expired, and do its DNS-IDs, which alone
 * count (RFC 8461 section 4.2), cover one of names? seen is false where Exim
 * has no certificate.
 */
void sts_cert_look(const struct sts_call *call, const struct sts_names *names,
    struct sts_cert *out);

#endif
