/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "cert_look.h"
#include "probe_impl.h"
#include "x509_name.h"

/* What OpenSSL does itself where there is no such callback; we only look. */
static int
verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct sts_probe_request *req = SSL_get_app_data(ssl);
	const X509 *cert = X509_STORE_CTX_get0_cert(store);
	int ok = X509_verify_cert(store);

	(void)arg;
	if (req == NULL || req->seen == NULL || cert == NULL)
		return ok > 0;
	req->seen->tls = SSL_get_version(ssl);
	sts_cert_look(cert, &req->seen->cert);
	req->seen->n_chain = sts_cert_chain(
	    X509_STORE_CTX_get0_untrusted(store), req->seen->chain);
	return ok > 0;
}

/* Read once, at the first handshake: who never probes does not pay for it. */
static SSL_CTX *
context(struct sts_prober *p)
{
	SSL_CTX *ctx;

	if (p->ctx != NULL)
		return p->ctx;
	if ((ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_load_verify_file(ctx, p->ca_file) != 1) {
		ERR_clear_error();
		SSL_CTX_free(ctx);
		if (!p->told)
			sts_log(p->log, STS_LOG_ERROR, "probe-ca",
			    "ca_file=\"%s\" reason=unreadable", p->ca_file);
		p->told = true;
		return NULL;
	}
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return p->ctx = ctx;
}

bool
sts_probe_tls_begin(struct sts_probe_request *req)
{
	SSL_CTX *ctx = context(req->prober);

	if (ctx == NULL || (req->ssl = SSL_new(ctx)) == NULL)
		return false;
	SSL_set_app_data(req->ssl, req);
	req->stage = STS_PROBE_HANDSHAKE;
	/* MX-6..MX-10: a DNS name of it, a wildcard is one whole label. */
	SSL_set_hostflags(
	    req->ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
			  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
			  X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS);
	return SSL_set1_host(req->ssl, req->host) == 1 &&
	       SSL_set_tlsext_host_name(req->ssl, req->host) == 1 &&
	       SSL_set_fd(req->ssl, req->fd) == 1;
}

static const char *
result_of(long verify)
{
	switch (verify) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
		return "certificate-expired";
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return "certificate-host-mismatch";
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return "validation-failure";
	default:
		return "certificate-not-trusted";
	}
}

static void
failed(struct sts_probe_request *req)
{
	long verify = SSL_get_verify_result(req->ssl);
	unsigned long error = ERR_peek_error();
	char text[STS_PROBE_DETAIL] = "io";

	if (verify == X509_V_ERR_OUT_OF_MEM ||
	    ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) {
		ERR_clear_error();
		sts_probe_tried(req, STS_PROBE_LOCAL, "", "no-memory");
		return;
	}
	ERR_clear_error();
	if (verify != X509_V_OK) {
		sts_x509_name(verify, text, sizeof(text));
		sts_probe_tried(req, STS_PROBE_DEFECT, result_of(verify), text);
		return;
	}
	if (error != 0 && ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET)
		snprintf(text, sizeof(text), "tls-alert-%d",
		    ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET);
	else if (error != 0 &&
		 ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		snprintf(text, sizeof(text), "tls-handshake");
	sts_probe_tried(req, STS_PROBE_DEFECT, "validation-failure", text);
}

/* The goodbye is a courtesy: nobody waits for its answer. */
static void
succeeded(struct sts_probe_request *req)
{
	static const char quit[] = "QUIT\r\n";

	(void)SSL_write(req->ssl, quit, sizeof(quit) - 1);
	(void)SSL_shutdown(req->ssl);
	ERR_clear_error();
	sts_probe_tried(req, STS_PROBE_GOOD, "success", "");
}

void
sts_probe_tls_step(struct sts_probe_request *req)
{
	int rc, wants;

	ERR_clear_error();
	if ((rc = SSL_connect(req->ssl)) == 1) {
		succeeded(req);
		return;
	}
	wants = SSL_get_error(req->ssl, rc);
	if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE)
		failed(req);
	else if (!sts_probe_await(
		     req, wants == SSL_ERROR_WANT_READ ? EV_READ : EV_WRITE))
		sts_probe_tried(req, STS_PROBE_LOCAL, "", "fault");
}
