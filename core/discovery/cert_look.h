/* SPDX-License-Identifier: ISC */
#ifndef CERT_LOOK_H
#define CERT_LOOK_H

#include <openssl/x509.h>

#include "sts/cert_seen.h"

/* What a certificate says of itself. */
void sts_cert_look(const X509 *cert, struct sts_cert_seen *seen);
/*
 * The first of a chain, in place of what forms held; returns how many. The
 * memory is for sts_cert_chain_free().
 */
size_t sts_cert_chain(
    const STACK_OF(X509) * chain, struct sts_cert_forms forms[STS_CERT_CHAIN]);
void sts_cert_chain_free(struct sts_cert_forms *forms, size_t n);

#endif
