/* SPDX-License-Identifier: ISC */
#include "certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY  86400L
#define HOST "mta-sts.example.com"

static const struct {
	const char *cn, *san;
	long from, to; /* days from now */
} wanted[CERT_KINDS] = {
    [CERT_GOOD] = {"policy", "DNS:" HOST, -1, 30},
    [CERT_WILDCARD] = {"policy", "DNS:*.example.com", -1, 30},
    [CERT_EXPIRED] = {"policy", "DNS:" HOST, -30, -1},
    [CERT_FUTURE] = {"policy", "DNS:" HOST, 1, 30},
    [CERT_OTHER_NAME] = {"policy", "DNS:www.example.com", -1, 30},
    [CERT_UNTRUSTED] = {"policy", "DNS:" HOST, -1, 30},
    [CERT_CN_ONLY] = {HOST, NULL, -1, 30},
    [CERT_PARTIAL] = {"policy", "DNS:m*.example.com", -1, 30},
    [CERT_SELF_SIGNED] = {HOST, "DNS:" HOST, -1, 30},
    [CERT_IP_ONLY] = {HOST, "IP:127.0.0.1", -1, 30},
    [CERT_PROVIDER] = {"policy", "DNS:mta-sts.provider.example", -1, 30},
    [CERT_DEEP] = {"policy", "DNS:*.com", -1, 30},
};

static EVP_PKEY *key, *ca_key, *other_key;
static X509 *ca, *other_ca, *leaf[CERT_KINDS];
static char path[] = "/tmp/stsgate-fetch-XXXXXX";

static void
check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "certs: %s\n", what);
	abort();
}

static void
extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	check(ext != NULL && X509_add_ext(cert, ext, -1), value);
	X509_EXTENSION_free(ext);
}

/* issuer NULL: self-signed. */
static X509 *
make(const char *cn, EVP_PKEY *own, X509 *issuer)
{
	static long serial = 1;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(
	    cert, issuer != NULL ? X509_get_subject_name(issuer) : name);
	X509_gmtime_adj(X509_getm_notBefore(cert), -DAY);
	X509_gmtime_adj(X509_getm_notAfter(cert), 30 * DAY);
	X509_set_pubkey(cert, own);
	return cert;
}

static X509 *
make_ca(const char *cn, EVP_PKEY *own)
{
	X509 *cert = make(cn, own, NULL);

	extend(cert, NID_basic_constraints, "critical,CA:TRUE");
	extend(cert, NID_key_usage, "critical,keyCertSign");
	check(X509_sign(cert, own, EVP_sha256()) > 0, "sign");
	return cert;
}

static X509 *
make_leaf(enum cert_kind kind)
{
	X509 *issuer = kind == CERT_UNTRUSTED ? other_ca : ca;
	EVP_PKEY *signer = kind == CERT_UNTRUSTED ? other_key : ca_key;
	X509 *cert;

	if (kind == CERT_SELF_SIGNED) {
		issuer = NULL;
		signer = key;
	}
	cert = make(wanted[kind].cn, key, issuer);
	X509_gmtime_adj(X509_getm_notBefore(cert), wanted[kind].from * DAY);
	X509_gmtime_adj(X509_getm_notAfter(cert), wanted[kind].to * DAY);
	if (wanted[kind].san != NULL)
		extend(cert, NID_subject_alt_name, wanted[kind].san);
	check(X509_sign(cert, signer, EVP_sha256()) > 0, "sign");
	return cert;
}

void
certs_open(void)
{
	FILE *file = NULL;
	int fd = mkstemp(path);

	key = EVP_EC_gen("P-256");
	ca_key = EVP_EC_gen("P-256");
	other_key = EVP_EC_gen("P-256");
	ca = make_ca("stsgate test CA", ca_key);
	other_ca = make_ca("another CA", other_key);
	for (int kind = 0; kind < CERT_KINDS; kind++)
		leaf[kind] = make_leaf((enum cert_kind)kind);
	check(fd >= 0 && (file = fdopen(fd, "w")) != NULL, "CA file");
	check(PEM_write_X509(file, ca) && fclose(file) == 0, "CA file");
}

void
certs_close(void)
{
	unlink(path);
	for (int kind = 0; kind < CERT_KINDS; kind++)
		X509_free(leaf[kind]);
	X509_free(ca);
	X509_free(other_ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(other_key);
}

const char *
certs_ca_file(void)
{
	return path;
}

void
certs_use(SSL_CTX *ctx, enum cert_kind kind)
{
	check(SSL_CTX_use_certificate(ctx, leaf[kind]) == 1 &&
		  SSL_CTX_use_PrivateKey(ctx, key) == 1,
	    "use");
}
