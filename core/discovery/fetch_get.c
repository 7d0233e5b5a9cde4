/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "fetch_impl.h"

/* A policy (RFC 8461 section 3.3). */

#define PREFIX "mta-sts."

static bool
set_url(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	char url[STS_DOMAIN_SIZE + 64], port[16] = "";

	if (f->port != 443)
		snprintf(port, sizeof(port), ":%u", f->port);
	snprintf(url, sizeof(url), "https://%s%s/.well-known/mta-sts.txt",
	    req->host, port);
	return curl_easy_setopt(req->easy, CURLOPT_URL, url) == CURLE_OK;
}

/* HTT-6: 200 and nothing else has a policy. */
static bool
judge(struct sts_http_request *req, struct sts_http_answer *answer)
{
	(void)req;
	if (answer->code == 200)
		return false;
	answer->status = STS_HTTP_FETCH;
	snprintf(
	    answer->detail, sizeof(answer->detail), "http-%ld", answer->code);
	return true;
}

static const struct sts_fetch_kind kind = {
    .event = "fetch",
    .agent = "stsgate/" STS_VERSION " (MTA-STS policy fetch, RFC 8461)",
    .set = set_url,
    .on_header = sts_fetch_on_header,
    .on_body = sts_fetch_on_body,
    .judge = judge,
};

/* The URL is made of it: nothing may come in that is not a name (DOM-5). */
static bool
is_name(const char *domain)
{
	size_t n = strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.");

	return n > 0 && domain[n] == '\0' &&
	       n + strlen(PREFIX) <= STS_DOMAIN_MAX;
}

static struct sts_http_request *
get(void *ctx, const char *domain, int64_t deadline, sts_http_cb *cb, void *arg)
{
	struct sts_http_answer refused = {
	    .status = STS_HTTP_LOCAL, .detail = "request"};
	char host[STS_DOMAIN_SIZE];

	if (!is_name(domain)) {
		cb(arg, &refused);
		return NULL;
	}
	snprintf(host, sizeof(host), PREFIX "%s", domain);
	return sts_fetch_open(ctx, &kind, host, deadline, cb, arg);
}

static void
cancel(void *ctx, struct sts_http_request *req)
{
	(void)ctx;
	sts_fetch_cancel(req);
}

const struct sts_http_ops sts_fetch_ops = {get, cancel};
