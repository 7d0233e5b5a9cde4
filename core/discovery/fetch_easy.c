/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "fetch_impl.h"

/* Room for "+host:port:" and 16 addresses in brackets with commas. */
#define RESOLVE_SIZE \
	(STS_DOMAIN_SIZE + 16 + STS_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3))

/* HTT-2, HTT-3, HTT-4, HTT-14, THR-8; each fetch stands for itself. */
static const struct {
	CURLoption option;
	long value;
} numbers[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_CA_CACHE_TIMEOUT, -1},
    {CURLOPT_SSL_SESSIONID_CACHE, 0},
    {CURLOPT_FRESH_CONNECT, 1},
    {CURLOPT_FORBID_REUSE, 1},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_MAXFILESIZE, STS_FETCH_BODY},
    {CURLOPT_BUFFERSIZE, 4096},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
};

/*
 * The second look of the guard, at the address that is really dialled
 * (THR-7). Running out of descriptors is ours, not the domain's.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct sts_http_request *req = arg;
	struct sts_fetcher *f = req->fetcher;
	int fd;

	(void)purpose;
	if (f->proxy == NULL && !sts_guard_permits(&f->guard, &addr->addr)) {
		req->stop = STS_FETCH_REFUSED;
		return CURL_SOCKET_BAD;
	}
	fd =
	    socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
	if (fd >= 0) {
		sts_fetch_trace_dialled(req, fd);
		return fd;
	}
	if (errno != EAFNOSUPPORT)
		req->stop = STS_FETCH_FAULT;
	return CURL_SOCKET_BAD;
}

/* libcurl keeps no note of it, and takes every end of a connection for one. */
static void
on_ssl_info(const SSL *ssl, int where, int value)
{
	struct sts_http_request *req =
	    SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (req == NULL)
		return;
	if (where == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY)
		req->close_notify = true;
	if (where == SSL_CB_HANDSHAKE_DONE)
		sts_fetch_trace_secured(req);
}

/* The connection may outlive the request by its shutdown. */
void
sts_fetch_forget_tls(struct sts_http_request *req)
{
	if (req->ssl_ctx == NULL)
		return;
	SSL_CTX_set_app_data(req->ssl_ctx, NULL);
	SSL_CTX_free(req->ssl_ctx);
	req->ssl_ctx = NULL;
}

/*
 * Without this libcurl takes a certificate that has the name in its CN only,
 * and a wildcard that is part of a label (HTT-4). Only the parameters of this
 * SSL_CTX: the store behind it is shared by all.
 */
static CURLcode
on_ssl_ctx(CURL *easy, void *ctx, void *arg)
{
	struct sts_http_request *req = arg;
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	(void)easy;
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
		       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		       X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS);
	if (X509_VERIFY_PARAM_set1_host(param, req->host, 0) != 1)
		return CURLE_OUT_OF_MEMORY;
	sts_fetch_forget_tls(req);
	if (SSL_CTX_up_ref(ctx) != 1)
		return CURLE_OUT_OF_MEMORY;
	req->ssl_ctx = ctx;
	SSL_CTX_set_app_data(req->ssl_ctx, req);
	SSL_CTX_set_info_callback(req->ssl_ctx, on_ssl_info);
	sts_fetch_trace_connected(req);
	return CURLE_OK;
}

static void
add_address(char *line, const struct sockaddr_storage *addr, const char *comma)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = strlen(line);

	if (addr->ss_family == AF_INET6) {
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)addr)->sin6_addr, text,
		    sizeof(text));
		snprintf(line + n, RESOLVE_SIZE - n, "%s[%s]", comma, text);
	} else {
		inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)addr)->sin_addr, text,
		    sizeof(text));
		snprintf(line + n, RESOLVE_SIZE - n, "%s%s", comma, text);
	}
}

/*
 * What curl would else ask its own resolver. The plus lets the entry go
 * stale; without it the addresses would hold for ever.
 */
static bool
set_resolve(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	char line[RESOLVE_SIZE];

	if (f->proxy != NULL && f->proxy_host == NULL)
		return true;
	snprintf(line, sizeof(line),
	    "+%s:%u:", f->proxy != NULL ? f->proxy_host : req->host,
	    f->proxy != NULL ? f->proxy_port : f->port);
	if (f->proxy != NULL)
		for (size_t i = 0; i < req->n_addr; i++)
			add_address(line, &req->addr[i], i > 0 ? "," : "");
	else
		for (size_t i = 0; i < req->n_slot; i++)
			add_address(
			    line, &req->slot[i]->addr, i > 0 ? "," : "");
	req->resolve = curl_slist_append(NULL, line);
	return req->resolve != NULL &&
	       curl_easy_setopt(req->easy, CURLOPT_RESOLVE, req->resolve) ==
		   CURLE_OK;
}

static bool
set_callbacks(struct sts_http_request *req)
{
	CURL *easy = req->easy;

	return curl_easy_setopt(easy, CURLOPT_PRIVATE, req) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, req->error) ==
		   CURLE_OK &&
	       curl_easy_setopt(
		   easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, req) ==
		   CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx) ==
		   CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, req) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
		   req->kind->on_header) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERDATA, req) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
		   req->kind->on_body) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEDATA, req) == CURLE_OK;
}

static bool
set_texts(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	CURL *easy = req->easy;

	/* An empty proxy is none; NULL would ask the environment. */
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") ==
		   CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_USERAGENT, req->kind->agent) ==
		   CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CAINFO, f->ca_file) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY,
		   f->proxy != NULL ? f->proxy : "") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK;
}

/*
 * The request's timer ends it; curl is told too, since it divides the time to
 * connect among the addresses by it.
 */
static bool
set_numbers(struct sts_http_request *req)
{
	struct sts_clock *clock = &req->fetcher->clock;
	int64_t left = req->deadline - clock->ops->mono(clock->ctx);

	if (left < 1)
		left = 1;
	if (left > INT_MAX)
		left = INT_MAX;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (curl_easy_setopt(req->easy, numbers[i].option,
			numbers[i].value) != CURLE_OK)
			return false;
	return curl_easy_setopt(req->easy, CURLOPT_CONNECTTIMEOUT_MS,
		   (long)left) == CURLE_OK;
}

bool
sts_fetch_start(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;

	if ((req->easy = curl_easy_init()) == NULL)
		return false;
	req->started = f->clock.ops->mono(f->clock.ctx);
	return set_numbers(req) && set_texts(req) && set_callbacks(req) &&
	       req->kind->set(req) && set_resolve(req) &&
	       curl_multi_add_handle(f->multi, req->easy) == CURLM_OK;
}
