/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "cert_look.h"
#include "fetch_impl.h"

static void
print_address(const struct sockaddr *addr, char *text)
{
	const void *octets =
	    addr->sa_family == AF_INET6
		? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr
		: (const void *)&((const struct sockaddr_in *)addr)->sin_addr;

	if (inet_ntop(addr->sa_family, octets, text, STS_TRACE_ADDRESS) == NULL)
		text[0] = '\0';
}

void
sts_fetch_trace_addresses(
    struct sts_http_request *req, const struct sts_address_answer *answer)
{
	struct sts_fetcher *f = req->fetcher;
	struct sts_http_trace *trace = &req->trace;
	size_t i;

	trace->lookup_ms = f->clock.ops->mono(f->clock.ctx) - req->began;
	for (i = 0; i < answer->n && i < STS_TRACE_ADDRESSES; i++) {
		const struct sockaddr *addr = (const void *)&answer->addr[i];

		print_address(addr, trace->address[i].text);
		trace->address[i].refused =
		    f->proxy != NULL ? NULL
				     : sts_guard_refusal(&f->guard, addr);
	}
	trace->n_address = i;
}

/* What OpenSSL does itself where there is no such callback; we only look. */
static int
verify(X509_STORE_CTX *store, void *arg)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct sts_http_request *req =
	    SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const X509 *cert = X509_STORE_CTX_get0_cert(store);
	int ok = X509_verify_cert(store);

	(void)arg;
	if (req == NULL || cert == NULL)
		return ok > 0;
	req->trace.tls = SSL_get_version(ssl);
	sts_cert_look(cert, &req->trace.cert);
	return ok > 0;
}

static int64_t
now(const struct sts_http_request *req)
{
	const struct sts_clock *clock = &req->fetcher->clock;

	return clock->ops->mono(clock->ctx);
}

void
sts_fetch_trace_dialled(struct sts_http_request *req, int fd)
{
	if (req->n_dialled < STS_ADDRESSES_MAX)
		req->dialled[req->n_dialled++] = fd;
}

/* By the sockets: where TLS fails, newer libcurl (8.14) never tells. One that
 * was closed may be another's by now, so it must be an address of ours. */
static void
note_peer(struct sts_http_request *req)
{
	struct sts_http_trace *trace = &req->trace;
	struct sockaddr_storage addr = {.ss_family = AF_UNSPEC};
	size_t i, j;

	for (i = 0; i < req->n_dialled && trace->peer[0] == '\0'; i++) {
		socklen_t size = sizeof(addr);
		char text[STS_TRACE_ADDRESS] = "";

		if (getpeername(
			req->dialled[i], (struct sockaddr *)&addr, &size) == 0)
			print_address((const struct sockaddr *)&addr, text);
		for (j = 0; text[0] != '\0' && j < trace->n_address; j++)
			if (strcmp(trace->address[j].text, text) == 0)
				memcpy(trace->peer, text, sizeof(text));
	}
}

/* curl tells that TCP is there only when TLS is, too; but it makes the
 * SSL_CTX just then. */
void
sts_fetch_trace_connected(struct sts_http_request *req)
{
	note_peer(req);
	req->connected = now(req);
	req->secured = -1;
	SSL_CTX_set_cert_verify_callback(req->ssl_ctx, verify, NULL);
}

void
sts_fetch_trace_secured(struct sts_http_request *req)
{
	if (req->secured < 0)
		req->secured = now(req);
}

static void
note_transfer(struct sts_http_request *req)
{
	struct sts_http_trace *trace = &req->trace;
	const char *text = NULL;

	if (req->connected >= 0)
		trace->connect_ms = req->connected - req->started;
	if (req->secured >= 0)
		trace->tls_ms = req->secured - req->connected;
	if (req->connected >= 0 &&
	    curl_easy_getinfo(req->easy, CURLINFO_PRIMARY_IP, &text) ==
		CURLE_OK &&
	    text != NULL && text[0] != '\0')
		snprintf(trace->peer, sizeof(trace->peer), "%s", text);
	text = NULL;
	if (curl_easy_getinfo(req->easy, CURLINFO_CONTENT_TYPE, &text) ==
		CURLE_OK &&
	    text != NULL)
		sts_str_escape(sts_str(text), trace->media_type,
		    sizeof(trace->media_type));
}

void
sts_fetch_trace_end(struct sts_http_request *req)
{
	struct sts_http_trace *trace = &req->trace;

	trace->proxy = req->fetcher->proxy != NULL;
	trace->total_ms = now(req) - req->began;
	trace->size = req->n_body;
	trace->connect_ms = trace->tls_ms = -1;
	if (trace->tls == NULL)
		trace->tls = "";
	if (req->stage == STS_FETCH_WAITING)
		trace->wait_ms = now(req) - req->waits_since;
	if (req->easy != NULL)
		note_transfer(req);
}
