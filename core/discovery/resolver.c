/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "resolver_impl.h"

enum sts_err
sts_resolver_new(struct event_base *base,
    const struct sts_resolver_config *config, struct sts_clock clock,
    const struct sts_log *log, struct sts_resolver **out)
{
	struct sts_resolver *resolver = calloc(1, sizeof(*resolver));
	enum sts_err err;

	if (resolver == NULL)
		return STS_ENOMEM;
	resolver->base = base;
	resolver->clock = clock;
	resolver->log = log;
	TAILQ_INIT(&resolver->queries);
	err = sts_servers_read(config, log, &resolver->servers);
	if (err == STS_OK && resolver->servers.trust_anchor != NULL)
		err = sts_probe_start(resolver);
	else if (err == STS_OK)
		err = sts_upstream_new(
		    base, &resolver->servers, false, log, &resolver->upstream);
	if (err != STS_OK) {
		sts_resolver_free(resolver);
		return err;
	}
	*out = resolver;
	return STS_OK;
}

void
sts_resolver_free(struct sts_resolver *resolver)
{
	if (resolver == NULL)
		return;
	resolver->closing = true;
	sts_probe_stop(resolver);
	sts_questions_close(resolver);
	sts_upstream_retire(resolver->upstream);
	sts_servers_free(&resolver->servers);
	free(resolver);
}

static void
answer_done(struct sts_dns_query *query)
{
	const struct sts_wire_answer *read = &query->answer;
	struct sts_dns_answer answer = {
	    .status = read->status,
	    .secure = query->secure,
	    .ttl = read->ttl,
	    .mx_bad = read->mx_bad,
	    .n_mx_bad = read->n_mx_bad,
	};

	if (read->status == STS_DNS_FOUND) {
		answer.txt = read->txt;
		answer.mx = read->mx;
		answer.n_mx = read->n_mx;
		answer.tlsa = read->tlsa;
		answer.n_tlsa = read->n_tlsa;
	}
	query->cb(query->arg, &answer);
}

static struct sts_dns_query *
question(struct sts_resolver *resolver, const char *name, unsigned type,
    int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct sts_dns_answer answer = {.status = STS_DNS_LOCAL};
	struct sts_dns_query *query =
	    sts_question(resolver, name, type, deadline, answer_done, arg);

	if (query == NULL)
		cb(arg, &answer);
	else
		query->cb = cb;
	return query;
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	return question(ctx, name, STS_TYPE_TXT, deadline, cb, arg);
}

static struct sts_dns_query *
mx(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	return question(ctx, name, STS_TYPE_MX, deadline, cb, arg);
}

static struct sts_dns_query *
tlsa(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	return question(ctx, name, STS_TYPE_TLSA, deadline, cb, arg);
}

static void
cancel(void *ctx, struct sts_dns_query *query)
{
	(void)ctx;
	sts_question_cancel(query);
}

static const struct sts_dns_ops dns_ops = {txt, mx, tlsa, cancel};

struct sts_dns
sts_resolver_dns(struct sts_resolver *resolver)
{
	return (struct sts_dns){&dns_ops, resolver};
}

struct sts_addresses
sts_resolver_addresses(struct sts_resolver *resolver)
{
	return (struct sts_addresses){&sts_resolver_addresses_ops, resolver};
}

const char *
sts_resolver_state(const struct sts_resolver *resolver)
{
	static const char *const name[] = {
	    [STS_DNSSEC_OFF] = "off",
	    [STS_DNSSEC_UNKNOWN] = "unknown",
	    [STS_DNSSEC_ON] = "validating",
	    [STS_DNSSEC_STRIPPED] = "stripped",
	};

	return name[resolver->dnssec];
}

bool
sts_resolver_idle(const struct sts_resolver *resolver)
{
	return TAILQ_EMPTY(&resolver->queries);
}
