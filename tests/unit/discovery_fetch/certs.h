/* SPDX-License-Identifier: ISC */
#ifndef CERTS_H
#define CERTS_H

#include <openssl/ssl.h>

/* What the server shows; all but the good one have one fault. */
enum cert_kind {
	CERT_GOOD,     /* DNS:mta-sts.example.com */
	CERT_WILDCARD, /* DNS:*.example.com */
	CERT_EXPIRED,
	CERT_FUTURE,
	CERT_OTHER_NAME, /* DNS:www.example.com */
	CERT_UNTRUSTED,  /* good, by another CA */
	CERT_CN_ONLY,    /* CN=mta-sts.example.com, no SAN */
	CERT_PARTIAL,    /* DNS:m*.example.com */
	CERT_SELF_SIGNED,
	CERT_IP_ONLY,  /* CN=mta-sts.example.com, IP:127.0.0.1 */
	CERT_PROVIDER, /* DNS:mta-sts.provider.example */
	CERT_DEEP,     /* DNS:*.com, two labels for one star */
	CERT_KINDS
};

/* Make all; ca_file() is the PEM file with the CA to trust. */
void certs_open(void);
void certs_close(void);
const char *certs_ca_file(void);
/* Load the certificate and its key. */
void certs_use(SSL_CTX *ctx, enum cert_kind kind);

#endif
