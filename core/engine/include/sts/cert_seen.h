/* SPDX-License-Identifier: ISC */
#ifndef STS_CERT_SEEN_H
#define STS_CERT_SEEN_H

#include <stdint.h>

#include "sts/str.h"

#define STS_CERT_TEXT  256 /* octets of names, with the NUL */
#define STS_CERT_CHAIN 8   /* certificates of a chain looked at */

/*
 * A certificate that a server showed, also one that was refused; for people.
 * Printable ASCII, what is remote is escaped; "" is unknown.
 */
struct sts_cert_seen {
	char names[STS_CERT_TEXT]; /* DNS names, with "," between */
	char issuer[STS_CERT_TEXT];
	int64_t valid_from, valid_until; /* seconds since 1970; 0: unknown */
};

/* What TLSA records may speak of; index 0 the certificate, 1 its key. */
struct sts_cert_forms {
	struct sts_str der[2];
	unsigned char sha256[2][32];
	unsigned char sha512[2][64];
};

/* A handshake with an MX host, as far as it came. */
struct sts_probe_seen {
	const char *tls; /* static: "TLSv1.3" */
	struct sts_cert_seen cert;
	/* The chain as the server sent it, its own certificate first. */
	struct sts_cert_forms chain[STS_CERT_CHAIN];
	size_t n_chain;
};

#endif
