/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tls.h"

#define CHUNK 16384 /* octets: a record of TLS */

static const char *
load(SSL_CTX *ctx, const char *ca_file, const char *cert_file,
    const char *key_file)
{
	if (ca_file == NULL) {
		if (SSL_CTX_set_default_verify_paths(ctx) != 1)
			return "the system's CA certificates";
	} else if (SSL_CTX_load_verify_file(ctx, ca_file) != 1) {
		return "the CA file";
	}
	if (cert_file == NULL && key_file == NULL)
		return NULL;
	if (cert_file == NULL ||
	    SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return "the certificate's file";
	if (key_file == NULL ||
	    SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		return "the key's file";
	return NULL;
}

enum sts_err
sts_rd_tls_open(const char *ca_file, const char *cert_file,
    const char *key_file, struct ssl_ctx_st **out, const char **why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	*why = "out of memory";
	if (ctx == NULL)
		return STS_ENOMEM;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	*why = load(ctx, ca_file, cert_file, key_file);
	ERR_clear_error();
	if (*why != NULL) {
		SSL_CTX_free(ctx);
		return STS_EINVAL;
	}
	*out = ctx;
	return STS_OK;
}

void
sts_rd_tls_close(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

static bool
expect(SSL *tls, const char *host)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(
			   SSL_get0_param(tls), host) == 1;
	return SSL_set1_host(tls, host) == 1 &&
	       SSL_set_tlsext_host_name(tls, host) == 1;
}

struct ssl_st *
sts_rd_tls_new(struct ssl_ctx_st *ctx, int fd, const char *host)
{
	SSL *tls = SSL_new(ctx);

	if (tls == NULL)
		return NULL;
	SSL_set_connect_state(tls);
	SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (expect(tls, host) && SSL_set_fd(tls, fd) == 1)
		return tls;
	SSL_free(tls);
	return NULL;
}

void
sts_rd_tls_free(struct ssl_st *tls)
{
	SSL_free(tls);
}

enum sts_rd_tls
sts_rd_tls_handshake(struct ssl_st *tls)
{
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(tls);
	if (rc == 1)
		return STS_RD_TLS_DONE;
	switch (SSL_get_error(tls, rc)) {
	case SSL_ERROR_WANT_READ:
		return STS_RD_TLS_READ;
	case SSL_ERROR_WANT_WRITE:
		return STS_RD_TLS_WRITE;
	default:
		return STS_RD_TLS_FAILED;
	}
}

const char *
sts_rd_tls_why(struct ssl_st *tls)
{
	long verify = SSL_get_verify_result(tls);
	const char *text = ERR_reason_error_string(ERR_peek_error());

	if (verify != X509_V_OK)
		return X509_verify_cert_error_string(verify);
	return text != NULL ? text : "no TLS handshake";
}

static int
failed(SSL *tls, int rc)
{
	int error = SSL_get_error(tls, rc);

	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		errno = EAGAIN;
	else if (error != SSL_ERROR_SYSCALL || errno == 0)
		errno = EPROTO;
	return -1;
}

ssize_t
sts_rd_tls_read(struct ssl_st *tls, void *buf, size_t size)
{
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_read(tls, buf, size > INT_MAX ? INT_MAX : (int)size);
	return rc > 0 ? rc : failed(tls, rc);
}

bool
sts_rd_tls_pending(const struct ssl_st *tls)
{
	return SSL_pending(tls) > 0;
}

int
sts_rd_tls_write(struct ssl_st *tls, struct evbuffer *out)
{
	size_t size = evbuffer_get_length(out);
	unsigned char *data;
	int rc;

	if (size > CHUNK)
		size = CHUNK;
	data = evbuffer_pullup(out, (ssize_t)size);
	if (data == NULL)
		return 0;
	ERR_clear_error();
	errno = 0;
	rc = SSL_write(tls, data, (int)size);
	if (rc <= 0)
		return failed(tls, rc);
	evbuffer_drain(out, (size_t)rc);
	return rc;
}
