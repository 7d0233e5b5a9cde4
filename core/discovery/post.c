/* SPDX-License-Identifier: ISC */
#include "sts/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_impl.h"
#include "post_impl.h"
#include "sts/sending_join.h"

struct sts_post {
	struct sts_send send; /* the handle; first */
	struct sts_http_request *req;
	char *url;
	struct curl_slist *headers;
	struct sts_str gzip;
	sts_sent_cb *cb;
	void *arg;
};

/* No 100-continue: what is to be sent is small. */
static const char *const headers[] = {
    "Content-Type: application/tlsrpt+gzip", "Accept:", "Expect:"};

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct sts_http_request *req = arg;
	long code = 0;

	n *= size;
	req->n_header += n;
	if (req->n_header > STS_FETCH_HEADERS) {
		req->stop = STS_FETCH_HEADER;
		return n + 1;
	}
	if (n > 0 && (p[0] == '\r' || p[0] == '\n')) {
		curl_easy_getinfo(req->easy, CURLINFO_RESPONSE_CODE, &code);
		req->accepted = code >= 200;
	}
	return n;
}

/* Nobody reads it; some servers work on while they write it. */
static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct sts_http_request *req = arg;

	(void)p;
	n *= size;
	req->n_body += n;
	if (req->n_body <= STS_FETCH_BODY)
		return n;
	req->stop = STS_FETCH_BIG;
	return n + 1;
}

static bool
set(struct sts_http_request *req)
{
	struct sts_post *post = req->arg;
	CURL *easy = req->easy;

	/* The size of the answer is for on_body(), when its head is over. */
	return curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, 0L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_URL, post->url) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HTTPHEADER, post->headers) ==
		   CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		   (curl_off_t)post->gzip.n) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->gzip.p) ==
		   CURLE_OK;
}

/*
 * RPT-11: 2xx is accepted, however the rest of the answer ends; but not of a
 * server that has not got all.
 */
static bool
judge(struct sts_http_request *req, struct sts_http_answer *answer)
{
	const struct sts_post *post = req->arg;
	curl_off_t sent = 0;

	bool taken = answer->code < 300, whole;

	if (!req->accepted)
		return false;
	curl_easy_getinfo(req->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	whole = (size_t)sent >= post->gzip.n;
	answer->status = taken && whole ? STS_HTTP_OK : STS_HTTP_FETCH;
	snprintf(answer->detail, sizeof(answer->detail), "http-%ld%s",
	    answer->code, taken && !whole ? "-unread" : "");
	return true;
}

static const struct sts_fetch_kind kind = {
    .event = "report-post",
    .agent = "stsgate/" STS_VERSION " (TLS report, RFC 8460)",
    .patient = true,
    .head_decides = true,
    .set = set,
    .on_header = on_header,
    .on_body = on_body,
    .judge = judge,
};

/* What says no for good: an answer, or an address that we do not connect to.
 * A certificate is often renewed within the day that we try (RPT-5, RPT-7). */
static enum sts_sent
result_of(const struct sts_http_answer *answer)
{
	if (answer->status == STS_HTTP_OK)
		return STS_SENT_ACCEPTED;
	if (answer->status == STS_HTTP_LOCAL)
		return STS_SENT_LOCAL;
	if (answer->code >= 300 && answer->code < 500 && answer->code != 429)
		return STS_SENT_REFUSED;
	if (strcmp(answer->detail, STS_FETCH_ADDRESS) == 0)
		return STS_SENT_REFUSED;
	return STS_SENT_RETRY;
}

static void
destroy(struct sts_post *post)
{
	curl_free(post->url);
	curl_slist_free_all(post->headers);
	free(post);
}

static void
on_answer(void *arg, const struct sts_http_answer *answer)
{
	struct sts_post *post = arg;
	enum sts_sent result = result_of(answer);

	post->cb(post->arg, result,
	    strcmp(answer->detail, STS_FETCH_ADDRESS) == 0
		? "address-not-allowed"
		: answer->detail);
	destroy(post);
}

static void
cancel(struct sts_send *send)
{
	struct sts_post *post = (struct sts_post *)send;

	sts_fetch_cancel(post->req);
	destroy(post);
}

static struct sts_post *
make(struct sts_str gzip, sts_sent_cb *cb, void *arg)
{
	struct sts_post *post = calloc(1, sizeof(*post));
	struct curl_slist *more;

	if (post == NULL)
		return NULL;
	post->send.cancel = cancel;
	post->gzip = gzip;
	post->cb = cb;
	post->arg = arg;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		more = curl_slist_append(post->headers, headers[i]);
		if (more == NULL) {
			destroy(post);
			return NULL;
		}
		post->headers = more;
	}
	return post;
}

static struct sts_send *
send_post(void *ctx, const char *url, struct sts_str gzip, int64_t deadline,
    sts_sent_cb *cb, void *arg)
{
	struct sts_fetcher *f = ctx;
	struct sts_post *post = make(gzip, cb, arg);
	struct sts_http_request *req;
	char host[STS_DOMAIN_SIZE];
	const char *why;

	if (post == NULL) {
		cb(arg, STS_SENT_LOCAL, sts_post_no_memory);
		return NULL;
	}
	why = sts_post_url(url, f->port, host, &post->url);
	if (why != NULL) {
		destroy(post);
		cb(arg,
		    why == sts_post_no_memory ? STS_SENT_LOCAL
					      : STS_SENT_REFUSED,
		    why);
		return NULL;
	}
	req = sts_fetch_open(f, &kind, host, deadline, on_answer, post);
	if (req == NULL)
		return NULL; /* on_answer() has freed it */
	post->req = req;
	return &post->send;
}

static struct sts_send *
no_mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	(void)ctx;
	(void)from;
	(void)to;
	(void)message;
	(void)deadline;
	cb(arg, STS_SENT_LOCAL, "posts only");
	return NULL;
}

static const struct sts_sending_ops ops = {
    no_mail, send_post, sts_sending_cancel};

struct sts_sending
sts_post_sending(struct sts_fetcher *fetcher)
{
	return (struct sts_sending){&ops, fetcher};
}
