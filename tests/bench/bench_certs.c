/* SPDX-License-Identifier: ISC */
/*
 * Thousands of certificates for policy hosts, by a CA that is there.
 * bench_certs CA.pem CA.key LEAF.key DIR < names
 * writes DIR/NAME.pem for each NAME, a line each.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_certs: %s\n", what);
	exit(1);
}

static EVP_PKEY *
read_key(const char *path)
{
	FILE *in = fopen(path, "r");
	EVP_PKEY *key =
	    in != NULL ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

	must(key != NULL, path);
	fclose(in);
	return key;
}

static X509 *
read_cert(const char *path)
{
	FILE *in = fopen(path, "r");
	X509 *cert = in != NULL ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	must(cert != NULL, path);
	fclose(in);
	return cert;
}

static X509 *
make(const char *host, X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key)
{
	static long serial = 1;
	X509 *cert = X509_new();
	X509_EXTENSION *ext;
	char san[300];

	must(cert != NULL, "memory");
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
	    MBSTRING_ASC, (const unsigned char *)"leaf", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(ca));
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400L);
	X509_gmtime_adj(X509_getm_notAfter(cert), 30 * 86400L);
	X509_set_pubkey(cert, key);
	snprintf(san, sizeof(san), "DNS:%s", host);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	must(ext != NULL && X509_add_ext(cert, ext, -1), san);
	X509_EXTENSION_free(ext);
	must(X509_sign(cert, ca_key, EVP_sha256()) > 0, "sign");
	return cert;
}

int
main(int argc, char **argv)
{
	EVP_PKEY *ca_key, *key;
	X509 *ca, *cert;
	char host[256], path[1024];
	FILE *out;

	if (argc != 5) {
		fputs(
		    "usage: bench_certs CA.pem CA.key LEAF.key DIR\n", stderr);
		return 64;
	}
	ca = read_cert(argv[1]);
	ca_key = read_key(argv[2]);
	key = read_key(argv[3]);
	while (fgets(host, sizeof(host), stdin) != NULL) {
		host[strcspn(host, "\n")] = '\0';
		cert = make(host, ca, ca_key, key);
		snprintf(path, sizeof(path), "%s/%s.pem", argv[4], host);
		must((out = fopen(path, "w")) != NULL &&
			 PEM_write_X509(out, cert) && fclose(out) == 0,
		    path);
		X509_free(cert);
	}
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return 0;
}
