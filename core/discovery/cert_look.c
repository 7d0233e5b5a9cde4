/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cert_look.h"

#define SHOWN_NAMES 8 /* of a certificate */

static int64_t
seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void
add_name(char *names, const ASN1_STRING *name)
{
	struct sts_str text = {(const char *)ASN1_STRING_get0_data(name),
	    (size_t)ASN1_STRING_length(name)};
	size_t n = strlen(names);

	if (n > 0)
		n += (size_t)snprintf(names + n, STS_CERT_TEXT - n, ",");
	if (n + 1 < STS_CERT_TEXT)
		sts_str_escape(text, names + n, STS_CERT_TEXT - n);
}

static void
note_names(struct sts_cert_seen *seen, const X509 *cert)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int i, n = 0, shown = 0;

	seen->names[0] = '\0';
	for (i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type != GEN_DNS)
			continue;
		n++;
		if (shown < SHOWN_NAMES &&
		    strlen(seen->names) < STS_CERT_TEXT - 80) {
			add_name(seen->names, name->d.dNSName);
			shown++;
		}
	}
	if (n > shown) {
		size_t end = strlen(seen->names);

		snprintf(seen->names + end, STS_CERT_TEXT - end, " and %d more",
		    n - shown);
	}
	GENERAL_NAMES_free(all);
}

static void
note_issuer(struct sts_cert_seen *seen, const X509 *cert)
{
	const X509_NAME *issuer = X509_get_issuer_name(cert);
	int at = X509_NAME_get_index_by_NID(issuer, NID_commonName, -1);
	const ASN1_STRING *text;

	if (at < 0)
		at = X509_NAME_get_index_by_NID(
		    issuer, NID_organizationName, -1);
	seen->issuer[0] = '\0';
	if (at < 0)
		return;
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at));
	add_name(seen->issuer, text);
}

void
sts_cert_look(const X509 *cert, struct sts_cert_seen *seen)
{
	seen->valid_from = seconds_of(X509_get0_notBefore(cert));
	seen->valid_until = seconds_of(X509_get0_notAfter(cert));
	note_names(seen, cert);
	note_issuer(seen, cert);
}

/* n is what i2d made; what cannot be hashed matches nothing. */
static void
take_form(
    struct sts_cert_forms *forms, size_t selector, unsigned char *der, int n)
{
	if (n <= 0)
		return;
	forms->der[selector] = (struct sts_str){(char *)der, (size_t)n};
	(void)EVP_Digest(
	    der, (size_t)n, forms->sha256[selector], NULL, EVP_sha256(), NULL);
	(void)EVP_Digest(
	    der, (size_t)n, forms->sha512[selector], NULL, EVP_sha512(), NULL);
}

size_t
sts_cert_chain(
    const STACK_OF(X509) * chain, struct sts_cert_forms forms[STS_CERT_CHAIN])
{
	int i, n, count = sk_X509_num(chain);

	sts_cert_chain_free(forms, STS_CERT_CHAIN);
	for (i = 0; i < count && i < STS_CERT_CHAIN; i++) {
		X509 *cert = sk_X509_value(chain, i);
		unsigned char *der = NULL, *key = NULL;

		n = i2d_X509(cert, &der);
		take_form(&forms[i], 0, der, n);
		n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &key);
		take_form(&forms[i], 1, key, n);
	}
	return i < 0 ? 0 : (size_t)i;
}

void
sts_cert_chain_free(struct sts_cert_forms *forms, size_t n)
{
	size_t i, selector;

	for (i = 0; i < n; i++) {
		for (selector = 0; selector < 2; selector++)
			OPENSSL_free((char *)forms[i].der[selector].p);
		memset(&forms[i], 0, sizeof(forms[i]));
	}
}
