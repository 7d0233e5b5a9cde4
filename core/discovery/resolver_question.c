/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver_impl.h"

#define SEC_BOGUS  1
#define SEC_SECURE 2

/*
 * How long one waits for the probe, milliseconds: with the time for the TXT
 * record before it, less than the engine waits for all. What was kept by us
 * for longer than the engine lets pass as theirs cannot time out any more.
 */
#define OWN_WAIT  4000
#define OWN_DELAY 1000

static void fire(void *arg);

/*
 * Nobody is called from inside libunbound or from inside the question, so
 * that a callback may free the resolver: the loop delivers. Without memory
 * for a new timer the deadline's does it.
 */
static void
deliver_later(struct sts_dns_query *query)
{
	struct sts_clock clock = query->resolver->clock;
	struct sts_timer *timer = clock.ops->timer(
	    clock.ctx, clock.ops->mono(clock.ctx), fire, query);

	if (timer == NULL)
		return;
	clock.ops->cancel(clock.ctx, query->timer);
	query->timer = timer;
}

static void
answered(struct sts_dns_query *query, enum sts_dns_status status)
{
	query->answered = true;
	query->answer.status = status;
	deliver_later(query);
}

static void
log_bogus(const struct sts_dns_query *query, const char *why)
{
	char name[STS_DOMAIN_SIZE * 2], text[512];

	sts_log(query->resolver->log, STS_LOG_WARNING, "dnssec-bogus",
	    "name=%s type=%u why=\"%s\"",
	    sts_str_escape(sts_str(query->name), name, sizeof(name)),
	    query->type,
	    sts_str_escape(sts_str(why ? why : ""), text, sizeof(text)));
}

/* A forged answer comes with rcode 0 and its packet: look at sec first. */
static enum sts_dns_status
judge(struct sts_dns_query *query, int rcode, const void *packet, int n,
    int sec, const char *why)
{
	if (sec == SEC_BOGUS) {
		log_bogus(query, why);
		return STS_DNS_BOGUS;
	}
	if (rcode != 0 || packet == NULL || n < 0)
		return STS_DNS_SERVFAIL;
	query->secure = sec == SEC_SECURE;
	switch (
	    sts_wire_answer(packet, (size_t)n, query->type, &query->answer)) {
	case STS_OK:
		return query->answer.status;
	case STS_ESYNTAX:
		return STS_DNS_SERVFAIL;
	default:
		return STS_DNS_LOCAL;
	}
}

static void
resolved(
    void *arg, int rcode, const void *packet, int n, int sec, const char *why)
{
	struct sts_dns_query *query = arg;

	query->ask = NULL;
	answered(query, judge(query, rcode, packet, n, sec, why));
}

static void
ask(struct sts_dns_query *query)
{
	query->upstream = query->resolver->upstream;
	query->upstream->open++;
	if (sts_upstream_ask(query->upstream, query->name, query->type,
		resolved, query, &query->ask) != STS_OK)
		answered(query, STS_DNS_LOCAL);
}

/* Take it out of all but its own memory. */
static void
detach(struct sts_dns_query *query)
{
	struct sts_resolver *resolver = query->resolver;

	TAILQ_REMOVE(&resolver->queries, query, entry);
	resolver->clock.ops->cancel(resolver->clock.ctx, query->timer);
	if (query->ask != NULL)
		sts_upstream_forget(query->ask);
	if (query->upstream != NULL)
		sts_upstream_done(query->upstream);
}

static void
discard(struct sts_dns_query *query)
{
	sts_wire_answer_free(&query->answer);
	free(query);
}

static void
end(struct sts_dns_query *query, enum sts_dns_status status)
{
	query->answer.status = status;
	detach(query);
	if (status == STS_DNS_BOGUS)
		sts_probe_want(query->resolver);
	query->done(query);
	discard(query);
}

static void
fire(void *arg)
{
	struct sts_dns_query *query = arg;

	query->timer = NULL;
	if (query->answered)
		end(query, query->answer.status);
	else if (query->upstream == NULL || query->delayed)
		end(query, STS_DNS_LOCAL);
	else
		end(query, STS_DNS_TIMEOUT);
}

static int64_t
now(const struct sts_resolver *resolver)
{
	return resolver->clock.ops->mono(resolver->clock.ctx);
}

/* When it ends if nothing comes. */
static int64_t
patience(const struct sts_resolver *resolver, int64_t deadline)
{
	int64_t until = now(resolver) + OWN_WAIT;

	return resolver->upstream == NULL && until < deadline ? until
							      : deadline;
}

struct sts_dns_query *
sts_question(struct sts_resolver *resolver, const char *name, unsigned type,
    int64_t deadline, void (*done)(struct sts_dns_query *query), void *arg)
{
	struct sts_clock clock = resolver->clock;
	struct sts_dns_query *query;

	if (resolver->closing)
		return NULL;
	query = calloc(1, sizeof(*query));
	if (query == NULL)
		return NULL;
	query->timer = clock.ops->timer(
	    clock.ctx, patience(resolver, deadline), fire, query);
	if (query->timer == NULL) {
		free(query);
		return NULL;
	}
	query->resolver = resolver;
	query->began = now(resolver);
	query->deadline = deadline;
	query->type = type;
	query->done = done;
	query->arg = arg;
	TAILQ_INSERT_TAIL(&resolver->queries, query, entry);
	/* There can be nothing under a name that cannot be. */
	if (strlen(name) > STS_DOMAIN_MAX) {
		answered(query, STS_DNS_ABSENT);
		return query;
	}
	(void)snprintf(query->name, sizeof(query->name), "%s", name);
	if (resolver->upstream != NULL)
		ask(query);
	else
		sts_probe_want(resolver);
	return query;
}

void
sts_question_cancel(struct sts_dns_query *query)
{
	detach(query);
	discard(query);
}

void
sts_questions_close(struct sts_resolver *resolver)
{
	struct sts_dns_query *query;

	/* clang-tidy does not see that end() takes it off the list. */
	while ((query = TAILQ_FIRST(&resolver->queries)) != NULL)
		end(query, // NOLINT(clang-analyzer-unix.Malloc)
		    STS_DNS_LOCAL);
}

/* The wait for the probe is over. */
static void
go_on(struct sts_dns_query *query)
{
	struct sts_clock clock = query->resolver->clock;
	struct sts_timer *timer =
	    clock.ops->timer(clock.ctx, query->deadline, fire, query);

	if (timer == NULL) {
		answered(query, STS_DNS_LOCAL);
		return;
	}
	clock.ops->cancel(clock.ctx, query->timer);
	query->timer = timer;
	query->delayed = now(query->resolver) - query->began > OWN_DELAY;
	ask(query);
}

void
sts_questions_ask(struct sts_resolver *resolver)
{
	struct sts_dns_query *query;

	TAILQ_FOREACH (query, &resolver->queries, entry)
		if (query->upstream == NULL && !query->answered)
			go_on(query);
}

void
sts_questions_fail(struct sts_resolver *resolver)
{
	struct sts_dns_query *query;

	TAILQ_FOREACH (query, &resolver->queries, entry)
		if (query->upstream == NULL && !query->answered)
			answered(query, STS_DNS_LOCAL);
}
