/* SPDX-License-Identifier: ISC */
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "x509_name.h"

#define NAME(e)       \
	{             \
		e, #e \
	}

/* What the chain of a public web server can fail with; OpenSSL has no such
 * table to ask. */
static const struct {
	long error;
	const char *name;
} names[] = {
    NAME(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT),
    NAME(X509_V_ERR_CERT_SIGNATURE_FAILURE),
    NAME(X509_V_ERR_CERT_NOT_YET_VALID),
    NAME(X509_V_ERR_CERT_HAS_EXPIRED),
    NAME(X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD),
    NAME(X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD),
    NAME(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT),
    NAME(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN),
    NAME(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
    NAME(X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE),
    NAME(X509_V_ERR_CERT_CHAIN_TOO_LONG),
    NAME(X509_V_ERR_CERT_REVOKED),
    NAME(X509_V_ERR_INVALID_CA),
    NAME(X509_V_ERR_PATH_LENGTH_EXCEEDED),
    NAME(X509_V_ERR_INVALID_PURPOSE),
    NAME(X509_V_ERR_CERT_UNTRUSTED),
    NAME(X509_V_ERR_CERT_REJECTED),
    NAME(X509_V_ERR_KEYUSAGE_NO_CERTSIGN),
    NAME(X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION),
    NAME(X509_V_ERR_INVALID_EXTENSION),
    NAME(X509_V_ERR_PERMITTED_VIOLATION),
    NAME(X509_V_ERR_EXCLUDED_VIOLATION),
    NAME(X509_V_ERR_HOSTNAME_MISMATCH),
    NAME(X509_V_ERR_EE_KEY_TOO_SMALL),
    NAME(X509_V_ERR_CA_KEY_TOO_SMALL),
    NAME(X509_V_ERR_CA_MD_TOO_WEAK),
};

void
sts_x509_name(long error, char *buf, size_t size)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error) {
			snprintf(buf, size, "%s", names[i].name);
			return;
		}
	snprintf(buf, size, "X509_V_ERR_%ld", error);
}
