/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "fetch_impl.h"
#include "x509_name.h"

/* What is the server's or the network's doing (RFC 8460: fetch error). */
static const struct {
	CURLcode rc;
	const char *detail;
} remote[] = {
    {CURLE_COULDNT_CONNECT, "connect"},
    {CURLE_WEIRD_SERVER_REPLY, "http-syntax"},
    {CURLE_UNSUPPORTED_PROTOCOL, "http-syntax"}, /* HTTP/0.9, or "HTTP/4" */
    {CURLE_HTTP2, "http2"},
    {CURLE_PARTIAL_FILE, "truncated"},
    {CURLE_OPERATION_TIMEDOUT, "timeout"},
    {CURLE_SSL_CONNECT_ERROR, "tls-handshake"},
    {CURLE_SSL_CLIENTCERT, "tls-handshake"}, /* it wants one of us */
    {CURLE_GOT_NOTHING, "empty-reply"},
    {CURLE_SEND_ERROR, "io"},
    {CURLE_RECV_ERROR, "io"},
    {CURLE_BAD_CONTENT_ENCODING, "http-syntax"},
    {CURLE_FILESIZE_EXCEEDED, "too-large"},
    {CURLE_HTTP2_STREAM, "http2"},
};

/* By our own callbacks; they made curl end with a write error. */
static const struct {
	enum sts_http_status status;
	const char *detail;
} stopped[] = {
    [STS_FETCH_TYPE] = {STS_HTTP_INVALID, "media-type"},
    [STS_FETCH_CODING] = {STS_HTTP_INVALID, "content-encoding"},
    [STS_FETCH_BIG] = {STS_HTTP_FETCH, "too-large"},
    [STS_FETCH_HEADER] = {STS_HTTP_FETCH, "header-too-large"},
    [STS_FETCH_REFUSED] = {STS_HTTP_FETCH, STS_FETCH_ADDRESS},
    [STS_FETCH_FAULT] = {STS_HTTP_LOCAL, "fault"},
};

static void
set(struct sts_http_answer *answer, enum sts_http_status status,
    const char *detail)
{
	answer->status = status;
	snprintf(answer->detail, sizeof(answer->detail), "%s", detail);
}

/*
 * curl leaves 1 (unspecified) where OpenSSL never came to a verdict, as in a
 * handshake that broke before the certificate.
 */
static bool
is_certificate(struct sts_http_request *req, CURLcode rc, long *verify)
{
	*verify = X509_V_OK;
	curl_easy_getinfo(req->easy, CURLINFO_SSL_VERIFYRESULT, verify);
	if (rc == CURLE_SSL_CONNECT_ERROR)
		return *verify != X509_V_OK &&
		       *verify != X509_V_ERR_UNSPECIFIED;
	return rc == CURLE_PEER_FAILED_VERIFICATION ||
	       rc == CURLE_SSL_ISSUER_ERROR ||
	       rc == CURLE_SSL_INVALIDCERTSTATUS;
}

/*
 * There is no way from here to any of its addresses, as to IPv6 where there is
 * none. The error is that of one address, so they must be of one family.
 */
static bool
is_unrouted(struct sts_http_request *req, CURLcode rc)
{
	const struct sts_http_trace *trace = &req->trace;
	long error = 0;
	size_t i;

	curl_easy_getinfo(req->easy, CURLINFO_OS_ERRNO, &error);
	if (rc != CURLE_COULDNT_CONNECT ||
	    (error != ENETUNREACH && error != EAFNOSUPPORT &&
		error != EADDRNOTAVAIL))
		return false;
	for (i = 1; i < trace->n_address; i++)
		if ((strchr(trace->address[i].text, ':') == NULL) !=
		    (strchr(trace->address[0].text, ':') == NULL))
			return false;
	return true;
}

/* CURLE_TOO_LARGE of 8.6, which Debian 12's header does not have. */
#define TOO_LARGE 100

/*
 * A header line over curl's own limit: TOO_LARGE, or, before 8.6, out of
 * memory; that is the server's doing if the server had begun to talk.
 */
static bool
is_long_line(struct sts_http_request *req, CURLcode rc)
{
	curl_off_t tls = 0, first = 0;

	curl_easy_getinfo(req->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	curl_easy_getinfo(req->easy, CURLINFO_STARTTRANSFER_TIME_T, &first);
	return ((int)rc == TOO_LARGE || rc == CURLE_OUT_OF_MEMORY) && tls > 0 &&
	       first > 0 && !req->accepted;
}

static void
by_curl(
    struct sts_http_request *req, CURLcode rc, struct sts_http_answer *answer)
{
	long verify;

	if (is_certificate(req, rc, &verify)) {
		answer->status = STS_HTTP_WEBPKI;
		sts_x509_name(verify, answer->detail, sizeof(answer->detail));
		return;
	}
	if (is_long_line(req, rc)) {
		set(answer, STS_HTTP_FETCH, "header-too-large");
		return;
	}
	if (is_unrouted(req, rc)) {
		set(answer, STS_HTTP_FETCH, STS_HTTP_NO_ROUTE);
		return;
	}
	/* Newer curl says so by itself where is_cut() has to find out. */
	if (rc == CURLE_RECV_ERROR && req->accepted) {
		set(answer, STS_HTTP_FETCH, "truncated");
		return;
	}
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (remote[i].rc == rc) {
			set(answer, STS_HTTP_FETCH, remote[i].detail);
			return;
		}
	/* The rest is of our making: CA file, options, proxy, memory. */
	answer->status = STS_HTTP_LOCAL;
	snprintf(answer->detail, sizeof(answer->detail), "curl-%d", (int)rc);
	sts_log(req->fetcher->log, STS_LOG_WARNING, "fetch-fault",
	    "curl=%d text=\"%s\"", (int)rc, curl_easy_strerror(rc));
}

/*
 * A body whose end is that of the connection is whole only if TLS says so.
 * Else whoever sits between could cut "max_age: 604800" to "max_age: 6".
 */
static bool
is_cut(struct sts_http_request *req)
{
	long version = CURL_HTTP_VERSION_NONE;
	curl_off_t length = -1;

	curl_easy_getinfo(req->easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(
	    req->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length < 0 && !req->chunked && !req->close_notify &&
	       version <= CURL_HTTP_VERSION_1_1;
}

static void
accept_body(struct sts_http_request *req, struct sts_http_answer *answer)
{
	answer->status = STS_HTTP_OK;
	answer->body.p = req->body != NULL ? req->body : "";
	answer->body.n = req->n_body;
}

/* The proxy is ours: that it cannot be had says nothing of a domain. */
static bool
by_proxy(
    struct sts_http_request *req, CURLcode rc, struct sts_http_answer *answer)
{
	long code = 0;

	if (req->fetcher->proxy == NULL)
		return false;
	curl_easy_getinfo(req->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	if (code >= 300)
		snprintf(
		    answer->detail, sizeof(answer->detail), "proxy-%ld", code);
	else if (rc == CURLE_COULDNT_CONNECT ||
		 rc == CURLE_COULDNT_RESOLVE_PROXY)
		snprintf(answer->detail, sizeof(answer->detail), "proxy");
	else
		return false;
	answer->status = code >= 500 ? STS_HTTP_FETCH : STS_HTTP_LOCAL;
	return true;
}

void
sts_fetch_verdict(
    struct sts_http_request *req, CURLcode rc, struct sts_http_answer *answer)
{
	long code = 0;

	curl_easy_getinfo(req->easy, CURLINFO_RESPONSE_CODE, &code);
	answer->code = code >= 200 ? code : 0;
	if (req->stop != STS_FETCH_FAULT && answer->code != 0 &&
	    req->kind->judge(req, answer))
		return;
	if (req->stop == STS_FETCH_FAULT) {
		set(answer, STS_HTTP_LOCAL, "fault");
	} else if (req->stop != STS_FETCH_GO) {
		set(answer, stopped[req->stop].status,
		    stopped[req->stop].detail);
	} else if (by_proxy(req, rc, answer)) {
		return;
	} else if (rc != CURLE_OK) {
		by_curl(req, rc, answer);
	} else if (req->accepted && is_cut(req)) {
		set(answer, STS_HTTP_FETCH, "truncated");
	} else if (req->accepted) {
		accept_body(req, answer);
	} else {
		set(answer, STS_HTTP_FETCH, "http-syntax");
	}
	/* Perhaps a full address would have answered: we do not know. */
	if (answer->status == STS_HTTP_FETCH && answer->code == 0 &&
	    req->left_out)
		set(answer, STS_HTTP_LOCAL, "busy");
}
