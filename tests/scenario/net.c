/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "player.h"
#include "world.h"

/* One question to DNS or to a policy host that waits for its answer. */
struct pending {
	bool dns;
	const struct fact *fact; /* NULL: the deadline comes first */
	struct sts_timer *timer;
	sts_dns_cb *dns_cb;
	sts_http_cb *http_cb;
	void *arg;
};

static void
answer_dns(const struct fact *fact, sts_dns_cb *cb, void *arg)
{
	struct sts_str rr[8];
	struct sts_dns_answer answer = {.status = STS_DNS_TIMEOUT};

	if (fact != NULL) {
		answer.status = (enum sts_dns_status)fact->status;
		answer.ttl = fact->ttl;
		for (size_t i = 0; i < fact->n_rr; i++)
			rr[i] = sts_str(fact->rr[i]);
		answer.txt = (struct sts_txt){rr, fact->n_rr};
	}
	cb(arg, &answer);
}

static void
answer_http(const struct fact *fact, sts_http_cb *cb, void *arg)
{
	struct sts_http_answer answer = {
	    .status = STS_HTTP_FETCH, .detail = "timeout"};

	if (fact != NULL) {
		answer.status = (enum sts_http_status)fact->status;
		(void)snprintf(
		    answer.detail, sizeof(answer.detail), "%s", fact->detail);
		if (fact->body != NULL)
			answer.body = sts_str(fact->body);
	}
	cb(arg, &answer);
}

static void
on_time(void *arg)
{
	struct pending pending = *(struct pending *)arg;

	free(arg);
	if (pending.dns)
		answer_dns(pending.fact, pending.dns_cb, pending.arg);
	else
		answer_http(pending.fact, pending.http_cb, pending.arg);
}

static struct pending *
wait_for(const struct fact *fact, int64_t deadline, struct pending what)
{
	struct sts_clock clock = world_clock();
	struct pending *pending = need(malloc(sizeof(*pending)));
	bool late = fact->delay < 0 || now_ms() + fact->delay > deadline;

	*pending = what;
	pending->fact = late ? NULL : fact;
	pending->timer = clock.ops->timer(clock.ctx,
	    late ? deadline : now_ms() + fact->delay, on_time, pending);
	return pending;
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	const char *domain = name + strlen("_mta-sts.");
	const struct fact *fact = fact_find('d', domain);

	(void)ctx;
	if (strncmp(name, "_mta-sts.", strlen("_mta-sts.")) != 0)
		fail("the engine asked for TXT of %s", name);
	counter(domain)->txt++;
	if (fact == NULL)
		fail("the engine asked for TXT of %s, of which nothing is said",
		    domain);
	if (fact->delay != 0)
		return (struct sts_dns_query *)wait_for(fact, deadline,
		    (struct pending){.dns = true, .dns_cb = cb, .arg = arg});
	answer_dns(fact, cb, arg);
	return NULL;
}

static struct sts_http_request *
get(void *ctx, const char *domain, int64_t deadline, sts_http_cb *cb, void *arg)
{
	const struct fact *fact = fact_find('h', domain);

	(void)ctx;
	counter(domain)->http++;
	if (fact == NULL)
		fail("the engine fetched from %s, of which nothing is said",
		    domain);
	if (fact->delay != 0)
		return (struct sts_http_request *)wait_for(fact, deadline,
		    (struct pending){.http_cb = cb, .arg = arg});
	answer_http(fact, cb, arg);
	return NULL;
}

static void
drop(struct pending *pending)
{
	struct sts_clock clock = world_clock();

	clock.ops->cancel(clock.ctx, pending->timer);
	free(pending);
}

static void
cancel_dns(void *ctx, struct sts_dns_query *query)
{
	(void)ctx;
	drop((struct pending *)query);
}

static void
cancel_http(void *ctx, struct sts_http_request *request)
{
	(void)ctx;
	drop((struct pending *)request);
}

struct sts_dns
world_dns(void)
{
	static const struct sts_dns_ops ops = {
	    .txt = txt, .mx = NULL, .cancel = cancel_dns};

	return (struct sts_dns){&ops, NULL};
}

struct sts_http
world_http(void)
{
	static const struct sts_http_ops ops = {get, cancel_http};

	return (struct sts_http){&ops, NULL};
}
