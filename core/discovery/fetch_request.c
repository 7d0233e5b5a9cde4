/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_impl.h"

static void
list_remove(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;

	if (req->stage == STS_FETCH_WAITING)
		TAILQ_REMOVE(&f->waiting, req, link);
	else
		TAILQ_REMOVE(&f->open, req, link);
}

/* Let go of everything but the body, which the callback may read. */
static void
detach(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;

	list_remove(req);
	f->clock.ops->cancel(f->clock.ctx, req->timer);
	if (req->query != NULL)
		req->addresses.ops->cancel(req->addresses.ctx, req->query);
	sts_fetch_forget_tls(req);
	if (req->easy != NULL) {
		curl_multi_remove_handle(f->multi, req->easy);
		curl_easy_cleanup(req->easy);
	}
	curl_slist_free_all(req->resolve);
	sts_fetch_release(req);
	if (req->gone != NULL)
		*req->gone = true;
}

static void
destroy(struct sts_http_request *req)
{
	free(req->body);
	free(req);
}

void
sts_fetch_finish(struct sts_http_request *req, struct sts_http_answer *answer)
{
	sts_log(req->fetcher->log,
	    answer->status == STS_HTTP_LOCAL ? STS_LOG_WARNING : STS_LOG_DEBUG,
	    req->kind->event, "host=%s result=%s code=%ld detail=%s", req->host,
	    sts_http_status_name(answer->status), answer->code, answer->detail);
	sts_fetch_trace_end(req);
	answer->trace = &req->trace;
	detach(req);
	req->cb(req->arg, answer);
	destroy(req);
}

void
sts_fetch_answer(struct sts_http_request *req, enum sts_http_status status,
    const char *detail)
{
	struct sts_http_answer answer = {.status = status};

	snprintf(answer.detail, sizeof(answer.detail), "%s", detail);
	sts_fetch_finish(req, &answer);
}

static void
on_deadline(void *arg)
{
	struct sts_http_request *req = arg;
	struct sts_http_answer answer = {0};

	req->timer = NULL;
	if (req->kind->head_decides && req->accepted) {
		sts_fetch_verdict(req, CURLE_OPERATION_TIMEDOUT, &answer);
		sts_fetch_finish(req, &answer);
		return;
	}
	if (req->stage == STS_FETCH_LOOKUP)
		sts_fetch_answer(req, STS_HTTP_FETCH, STS_HTTP_NO_DNS);
	else if (req->stage == STS_FETCH_WAITING || req->left_out)
		sts_fetch_answer(req, STS_HTTP_LOCAL, "busy");
	else
		sts_fetch_answer(req, STS_HTTP_FETCH, "timeout");
}

bool
sts_fetch_until(struct sts_http_request *req, int64_t at)
{
	struct sts_clock clock = req->fetcher->clock;
	struct sts_timer *timer =
	    clock.ops->timer(clock.ctx, at, on_deadline, req);

	if (timer == NULL)
		return false;
	clock.ops->cancel(clock.ctx, req->timer);
	req->timer = timer;
	return true;
}

/* True if at least one address is left. */
static bool
keep_permitted(
    struct sts_http_request *req, const struct sts_address_answer *answer)
{
	struct sts_fetcher *f = req->fetcher;

	for (size_t i = 0; i < answer->n && i < STS_ADDRESSES_MAX; i++)
		if (f->proxy != NULL ||
		    sts_guard_permits(
			&f->guard, (const struct sockaddr *)&answer->addr[i]))
			req->addr[req->n_addr++] = answer->addr[i];
	return req->n_addr > 0;
}

static void
on_addresses(void *arg, const struct sts_address_answer *answer)
{
	struct sts_http_request *req = arg;

	req->query = NULL;
	sts_fetch_trace_addresses(req, answer);
	switch (answer->status) {
	case STS_DNS_FOUND:
		if (keep_permitted(req, answer))
			sts_fetch_admit(req);
		else
			sts_fetch_answer(
			    req, STS_HTTP_FETCH, STS_FETCH_ADDRESS);
		return;
	case STS_DNS_ABSENT:
		sts_fetch_answer(req, STS_HTTP_FETCH, "dns-absent");
		return;
	case STS_DNS_SERVFAIL:
	case STS_DNS_TIMEOUT:
		sts_fetch_answer(req, STS_HTTP_FETCH, STS_HTTP_NO_DNS);
		return;
	case STS_DNS_BOGUS:
		sts_fetch_answer(req, STS_HTTP_FETCH, "dns-bogus");
		return;
	case STS_DNS_LOCAL:
		break;
	}
	sts_fetch_answer(req, STS_HTTP_LOCAL, "dns");
}

static const char *
zone_of(const char *host)
{
	const char *at = host + strlen(host);

	for (int dots = 0; at > host; at--)
		if (at[-1] == '.' && ++dots == 2)
			break;
	return at;
}

static struct sts_http_request *
make(struct sts_fetcher *f, const struct sts_fetch_kind *kind, const char *host,
    int64_t deadline)
{
	struct sts_http_request *req = calloc(1, sizeof(*req));

	if (req == NULL)
		return NULL;
	req->timer =
	    f->clock.ops->timer(f->clock.ctx, deadline, on_deadline, req);
	if (req->timer == NULL) {
		free(req);
		return NULL;
	}
	req->fetcher = f;
	req->kind = kind;
	req->began = f->clock.ops->mono(f->clock.ctx);
	req->deadline = deadline;
	req->trace.lookup_ms = -1;
	req->started = req->connected = req->secured = -1;
	req->addresses = f->addresses;
	snprintf(req->host, sizeof(req->host), "%s", host);
	req->zone = zone_of(req->host);
	TAILQ_INSERT_TAIL(&f->open, req, link);
	return req;
}

static void
refuse(sts_http_cb *cb, void *arg, const char *detail)
{
	struct sts_http_answer answer = {.status = STS_HTTP_LOCAL};

	snprintf(answer.detail, sizeof(answer.detail), "%s", detail);
	cb(arg, &answer);
}

struct sts_http_request *
sts_fetch_open(struct sts_fetcher *f, const struct sts_fetch_kind *kind,
    const char *host, int64_t deadline, sts_http_cb *cb, void *arg)
{
	struct sts_http_request *req = NULL;
	struct sts_address_query *query;
	bool gone = false;

	if (f->closing || (req = make(f, kind, host, deadline)) == NULL) {
		refuse(cb, arg, f->closing ? "closing" : "request");
		return NULL;
	}
	req->cb = cb;
	req->arg = arg;
	if (f->proxy != NULL && f->proxy_host == NULL) {
		sts_fetch_admit(req);
		return req;
	}
	req->gone = &gone;
	query = req->addresses.ops->lookup(req->addresses.ctx,
	    f->proxy != NULL ? f->proxy_host : req->host, deadline,
	    on_addresses, req);
	if (gone)
		return NULL;
	req->gone = NULL;
	if (req->stage == STS_FETCH_LOOKUP)
		req->query = query;
	return req;
}

void
sts_fetch_cancel(struct sts_http_request *req)
{
	detach(req);
	destroy(req);
}
