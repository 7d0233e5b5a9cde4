/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "resolver_impl.h"

/*
 * Where one family has answered with addresses, how long the other is waited
 * for, milliseconds: servers that never answer AAAA would cost the deadline.
 */
#define PATIENCE 200

enum { IPV6, IPV4, FAMILIES };

struct sts_address_query {
	struct sts_resolver *resolver;
	struct sts_dns_query *query[FAMILIES]; /* NULL once answered */
	struct sts_timer *patience;
	enum sts_dns_status status[FAMILIES];
	struct sockaddr_storage addr[FAMILIES][STS_ADDRESSES_MAX];
	size_t n[FAMILIES];
	bool insecure;
	char canonical[STS_DOMAIN_SIZE];
	sts_address_cb *cb;
	void *arg;
};

static enum sts_dns_status
merge(enum sts_dns_status a, enum sts_dns_status b)
{
	static const int rank[] = {
	    [STS_DNS_ABSENT] = 0,
	    [STS_DNS_SERVFAIL] = 1,
	    [STS_DNS_TIMEOUT] = 2,
	    [STS_DNS_LOCAL] = 3,
	    [STS_DNS_BOGUS] = 4,
	    [STS_DNS_FOUND] = 5,
	};

	return rank[a] > rank[b] ? a : b;
}

/* In turn, so that many of one family do not push out the other. */
static size_t
mix(const struct sts_address_query *address,
    struct sockaddr_storage out[STS_ADDRESSES_MAX])
{
	size_t i, family, n = 0;

	for (i = 0; i < STS_ADDRESSES_MAX; i++)
		for (family = 0; family < FAMILIES; family++)
			if (i < address->n[family] && n < STS_ADDRESSES_MAX)
				out[n++] = address->addr[family][i];
	return n;
}

static void
finish(struct sts_address_query *address)
{
	struct sockaddr_storage addr[STS_ADDRESSES_MAX];
	struct sts_address_answer answer = {.addr = addr};
	struct sts_clock clock = address->resolver->clock;

	answer.status = merge(address->status[IPV6], address->status[IPV4]);
	answer.n = mix(address, addr);
	answer.secure = !address->insecure;
	if (address->canonical[0] != '\0')
		answer.canonical = address->canonical;
	clock.ops->cancel(clock.ctx, address->patience);
	address->cb(address->arg, &answer);
	free(address);
}

static void
impatient(void *arg)
{
	struct sts_address_query *address = arg;
	size_t family;

	address->patience = NULL;
	for (family = 0; family < FAMILIES; family++)
		if (address->query[family] != NULL)
			sts_question_cancel(address->query[family]);
	finish(address);
}

static void
wait_no_more(struct sts_address_query *address)
{
	struct sts_clock clock = address->resolver->clock;

	/* Without memory for it the deadline ends the other one. */
	address->patience = clock.ops->timer(clock.ctx,
	    clock.ops->mono(clock.ctx) + PATIENCE, impatient, address);
}

static void
keep(struct sts_address_query *address, size_t family,
    const struct sts_dns_query *query)
{
	const struct sts_wire_answer *answer = &query->answer;
	size_t i;

	address->query[family] = NULL;
	address->status[family] = answer->status;
	if (!query->secure)
		address->insecure = true;
	if (answer->status != STS_DNS_FOUND)
		return;
	if (answer->alias)
		(void)snprintf(address->canonical, sizeof(address->canonical),
		    "%s", answer->canonical);
	address->n[family] = answer->n_addr;
	for (i = 0; i < answer->n_addr; i++)
		address->addr[family][i] = answer->addr[i];
}

static void
one_done(struct sts_dns_query *query)
{
	struct sts_address_query *address = query->arg;
	size_t family = query == address->query[IPV6] ? IPV6 : IPV4;

	keep(address, family, query);
	if (address->query[IPV6] == NULL && address->query[IPV4] == NULL)
		finish(address);
	else if (address->status[family] == STS_DNS_FOUND)
		wait_no_more(address);
}

static struct sts_address_query *
fail(struct sts_address_query *address, sts_address_cb *cb, void *arg)
{
	struct sts_address_answer answer = {.status = STS_DNS_LOCAL};

	free(address);
	cb(arg, &answer);
	return NULL;
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	static const unsigned type[] = {
	    [IPV6] = STS_TYPE_AAAA, [IPV4] = STS_TYPE_A};
	struct sts_address_query *address = calloc(1, sizeof(*address));
	size_t family;

	if (address == NULL)
		return fail(NULL, cb, arg);
	address->resolver = ctx;
	address->cb = cb;
	address->arg = arg;
	for (family = 0; family < FAMILIES; family++) {
		address->status[family] = STS_DNS_LOCAL;
		address->query[family] = sts_question(
		    ctx, host, type[family], deadline, one_done, address);
	}
	if (address->query[IPV6] == NULL && address->query[IPV4] == NULL)
		return fail(address, cb, arg);
	return address;
}

static void
cancel(void *ctx, struct sts_address_query *address)
{
	struct sts_clock clock = address->resolver->clock;
	size_t family;

	(void)ctx;
	for (family = 0; family < FAMILIES; family++)
		if (address->query[family] != NULL)
			sts_question_cancel(address->query[family]);
	clock.ops->cancel(clock.ctx, address->patience);
	free(address);
}

const struct sts_addresses_ops sts_resolver_addresses_ops = {lookup, cancel};
