/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"

#define TLSA_PORT "_25._tcp."

static void look(struct sts_check_host *host);

void
sts_hosts_init(struct sts_check_hosts *hosts)
{
	size_t i;

	for (i = 0; i < STS_HOST_BUCKETS; i++)
		LIST_INIT(&hosts->bucket[i]);
	TAILQ_INIT(&hosts->queue);
	TAILQ_INIT(&hosts->idle);
}

static void
drop(struct sts_check_hosts *hosts, struct sts_check_host *host)
{
	TAILQ_REMOVE(&hosts->idle, host, link);
	hosts->n_idle--;
	LIST_REMOVE(host, bucket);
	free(host->tlsa);
	free(host);
}

void
sts_hosts_free(struct sts_check_hosts *hosts)
{
	struct sts_check_host *host;

	/* clang-tidy does not see that drop() takes it off the list. */
	while ((host = TAILQ_FIRST(&hosts->idle)) != NULL)
		drop(hosts, host); // NOLINT(clang-analyzer-unix.Malloc)
}

/* FNV-1a */
static size_t
bucket_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return (hash ^ hash >> 16) % STS_HOST_BUCKETS;
}

static struct sts_check_host *
find(struct sts_checker *checker, const char *name)
{
	struct sts_check_hosts *hosts = &checker->hosts;
	size_t bucket = bucket_of(name);
	struct sts_check_host *host;

	LIST_FOREACH (host, &hosts->bucket[bucket], bucket)
		if (strcmp(host->name, name) == 0)
			return host;
	host = calloc(1, sizeof(*host));
	if (host == NULL)
		return NULL;
	host->checker = checker;
	(void)snprintf(host->name, sizeof(host->name), "%s", name);
	TAILQ_INIT(&host->waiters);
	LIST_INSERT_HEAD(&hosts->bucket[bucket], host, bucket);
	return host;
}

void
sts_host_release(struct sts_check_host *host)
{
	struct sts_check_hosts *hosts = &host->checker->hosts;

	if (--host->users > 0)
		return;
	host->idle = true;
	TAILQ_INSERT_TAIL(&hosts->idle, host, link);
	if (++hosts->n_idle > STS_HOSTS_KEPT)
		drop(hosts, TAILQ_FIRST(&hosts->idle));
}

static void
tell_waiters(struct sts_check_host *host)
{
	struct sts_check_waiter *waiter;

	host->users++; /* who is told may release it */
	while ((waiter = TAILQ_FIRST(&host->waiters)) != NULL) {
		/* clang-tidy does not see that it is taken off the list. */
		struct sts_check_one *one =
		    waiter->one; // NOLINT(clang-analyzer-unix.Malloc)

		TAILQ_REMOVE(&host->waiters, waiter, link);
		free(waiter);
		sts_check_answered(one);
	}
	sts_host_release(host);
}

static void
finish(struct sts_check_host *host)
{
	struct sts_check_hosts *hosts = &host->checker->hosts;
	struct sts_check_host *next = TAILQ_FIRST(&hosts->queue);

	host->done = true;
	hosts->open--;
	if (next != NULL) {
		TAILQ_REMOVE(&hosts->queue, next, link);
		next->queued = false;
		look(next);
	}
	tell_waiters(host);
}

static void
on_probe(void *arg, const struct sts_probe_answer *answer)
{
	struct sts_check_try *try = arg;
	struct sts_check_host *host = try->host;

	try->status = answer->status;
	try->result = answer->result;
	memcpy(try->detail, answer->detail, sizeof(try->detail));
	if (answer->seen != NULL) {
		try->tls = answer->seen->tls;
		try->cert = answer->seen->cert;
		try->fit = sts_tlsa_fit(host->tlsa, host->n_tlsa, answer->seen);
	}
	if (sts_try_answered(try))
		host->checker->hosts.answered = true;
	if (--host->open == 0)
		finish(host);
}

static void
print_address(const struct sockaddr_storage *addr, char *text)
{
	const void *octets =
	    addr->ss_family == AF_INET6
		? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr
		: (const void *)&((const struct sockaddr_in *)addr)->sin_addr;

	if (inet_ntop(addr->ss_family, octets, text, STS_TRACE_ADDRESS) == NULL)
		text[0] = '\0';
}

/* All of its addresses at once: a sender may come by each of them. */
static void
probe(struct sts_check_host *host)
{
	const struct sts_checker *checker = host->checker;
	const struct sts_probing *probing = &checker->deps.probing;
	size_t i;

	host->open = 1; /* of ours, until all are begun */
	for (i = 0; probing->ops != NULL && i < host->n_addr; i++) {
		struct sts_check_try *try = &host->tries[host->n_tries++];

		try->host = host;
		print_address(&host->addr[i], try->address);
		host->open++;
		(void)probing->ops->probe_at(probing->ctx, host->name,
		    &host->addr[i],
		    sts_check_until(checker, checker->config.probe_ms),
		    on_probe, try);
	}
	if (--host->open == 0)
		finish(host);
}

/* The records in one block with what they point to. */
static bool
copy_tlsa(struct sts_check_host *host, const struct sts_dns_answer *answer)
{
	size_t i, octets = 0;
	char *to;

	for (i = 0; i < answer->n_tlsa; i++)
		octets += answer->tlsa[i].data.n;
	host->tlsa = malloc(answer->n_tlsa * sizeof(*host->tlsa) + octets + 1);
	if (host->tlsa == NULL)
		return false;
	host->n_tlsa = answer->n_tlsa;
	to = (char *)(host->tlsa + host->n_tlsa);
	for (i = 0; i < host->n_tlsa; i++) {
		host->tlsa[i] = answer->tlsa[i];
		memcpy(to, answer->tlsa[i].data.p, answer->tlsa[i].data.n);
		host->tlsa[i].data.p = to;
		to += answer->tlsa[i].data.n;
	}
	return true;
}

static void ask_tlsa(struct sts_check_host *host, const char *base);

/* RFC 7672 section 2.2.2: of a CNAME's target first, then of the name. */
static void
on_tlsa(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_check_host *host = arg;

	if (answer->status == STS_DNS_ABSENT && host->tlsa_again) {
		host->tlsa_again = false;
		ask_tlsa(host, host->name);
		return;
	}
	host->tlsa_status = answer->status;
	host->tlsa_secure = answer->secure;
	if (answer->status == STS_DNS_FOUND && !copy_tlsa(host, answer))
		host->tlsa_status = STS_DNS_LOCAL;
	probe(host);
}

static void
ask_tlsa(struct sts_check_host *host, const char *base)
{
	const struct sts_checker *checker = host->checker;
	const struct sts_dns *dns = &checker->deps.dns;
	char name[sizeof(TLSA_PORT) + STS_DOMAIN_SIZE];

	(void)snprintf(name, sizeof(name), TLSA_PORT "%s", base);
	(void)dns->ops->tlsa(dns->ctx, name,
	    sts_check_until(checker, checker->config.dns_ms), on_tlsa, host);
}

static void
on_addresses(void *arg, const struct sts_address_answer *answer)
{
	struct sts_check_host *host = arg;
	size_t i;

	host->status = answer->status;
	host->secure = answer->secure;
	if (answer->status != STS_DNS_FOUND) {
		host->tlsa_status = STS_DNS_ABSENT;
		finish(host);
		return;
	}
	for (i = 0; i < answer->n && i < STS_CHECK_TRIES; i++)
		host->addr[host->n_addr++] = answer->addr[i];
	host->n_left_out = answer->n - host->n_addr;
	if (answer->canonical != NULL)
		(void)snprintf(host->canonical, sizeof(host->canonical), "%s",
		    answer->canonical);
	host->tlsa_again = answer->canonical != NULL && answer->secure;
	ask_tlsa(host, host->tlsa_again ? host->canonical : host->name);
}

static void
look(struct sts_check_host *host)
{
	const struct sts_checker *checker = host->checker;
	const struct sts_addresses *addresses = &checker->deps.addresses;

	host->checker->hosts.open++;
	(void)addresses->ops->lookup(addresses->ctx, host->name,
	    sts_check_until(checker, checker->config.dns_ms), on_addresses,
	    host);
}

static void
begin(struct sts_check_host *host)
{
	struct sts_check_hosts *hosts = &host->checker->hosts;

	if (hosts->open < host->checker->config.hosts_max) {
		look(host);
		return;
	}
	host->queued = true;
	TAILQ_INSERT_TAIL(&hosts->queue, host, link);
}

struct sts_check_host *
sts_host_look(
    struct sts_checker *checker, const char *name, struct sts_check_one *one)
{
	struct sts_check_waiter *waiter = malloc(sizeof(*waiter));
	struct sts_check_host *host =
	    waiter != NULL ? find(checker, name) : NULL;
	bool first;

	if (host == NULL) {
		free(waiter);
		return NULL;
	}
	first = host->users == 0 && !host->idle;
	if (host->idle) {
		TAILQ_REMOVE(&checker->hosts.idle, host, link);
		checker->hosts.n_idle--;
		host->idle = false;
	}
	host->users++;
	if (host->done) {
		free(waiter);
		sts_check_answered(one);
		return host;
	}
	waiter->one = one;
	TAILQ_INSERT_TAIL(&host->waiters, waiter, link);
	if (first)
		begin(host);
	return host;
}
