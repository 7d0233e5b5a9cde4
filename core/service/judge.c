/* SPDX-License-Identifier: ISC */
/* Which MX of a domain is at an address, and is its certificate good? */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "route_impl.h"

#define JUDGES_MAX 256 /* at once; those beyond are told nothing */

struct sts_judge {
	LIST_ENTRY(sts_judge) link;
	struct sts_service *service;
	sts_judged_cb *cb;
	void *arg;
	enum sts_judge_want want;
	bool waits, inside; /* for an answer; in the call that asks for it */
	struct sts_dns dns;
	struct sts_dns_query *query;
	struct sts_addresses addresses;
	struct sts_address_query *lookup;
	struct sts_probe_wait *try;
	int64_t deadline;
	struct sts_mx *mx;
	size_t n, at;
	bool found; /* at mx[at] */
	char addr[INET6_ADDRSTRLEN];
	char domain[];
};

static void
end(struct sts_judge *judge, const struct sts_probed *probed)
{
	const char *host = judge->found ? judge->mx[judge->at].host : "";

	LIST_REMOVE(judge, link);
	judge->service->n_judges--;
	judge->cb(judge->arg, host, probed);
	free(judge->mx);
	free(judge);
}

static void
on_tried(void *arg, const struct sts_probed *probed)
{
	struct sts_judge *judge = arg;

	judge->try = NULL;
	end(judge, probed);
}

static void
try_host(struct sts_judge *judge)
{
	struct sts_service *service = judge->service;
	const char *host = judge->found ? judge->mx[judge->at].host : NULL;
	const struct sts_probed *last = NULL;
	struct sts_probes *probes;
	struct sts_probe_wait *wait;

	if (host == NULL || judge->want == STS_JUDGE_HOST ||
	    !service->config.probe || service->deps.probing.ops == NULL ||
	    sts_routes_of(service) == NULL) {
		end(judge, NULL);
		return;
	}
	probes = service->routes->probes;
	if (judge->want == STS_JUDGE_KNOWN)
		last = sts_probes_last(probes, host);
	if (last != NULL) {
		end(judge, last);
		return;
	}
	wait = sts_probes_ask(
	    probes, host, 0, service->config.probe_timeout, on_tried, judge);
	if (wait != NULL) /* else it is gone */
		judge->try = wait;
}

static void on_addresses(void *arg, const struct sts_address_answer *answer);

/* One after the other, by preference. */
static void
look(struct sts_judge *judge)
{
	struct sts_address_query *query;

	while (!judge->found && judge->at < judge->n) {
		judge->waits = judge->inside = true;
		query = judge->addresses.ops->lookup(judge->addresses.ctx,
		    judge->mx[judge->at].host, judge->deadline, on_addresses,
		    judge);
		judge->inside = false;
		if (judge->waits) {
			judge->lookup = query;
			return;
		}
	}
	try_host(judge);
}

static void
on_addresses(void *arg, const struct sts_address_answer *answer)
{
	struct sts_judge *judge = arg;

	judge->lookup = NULL;
	judge->waits = false;
	for (size_t i = 0; answer->status == STS_DNS_FOUND && i < answer->n;
	     i++)
		judge->found = judge->found || sts_route_is_address(judge->addr,
						   &answer->addr[i]);
	judge->at += judge->found ? 0 : 1;
	if (!judge->inside)
		look(judge);
}

static void
take_mx(struct sts_judge *judge, const struct sts_mx *mx, size_t n)
{
	judge->mx = calloc(n, sizeof(*mx));
	if (judge->mx == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		if (mx[i].host[0] != '\0') /* not the null MX */
			judge->mx[judge->n++] = mx[i];
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_judge *judge = arg;
	struct sts_mx implicit = {0, ""};

	judge->query = NULL;
	judge->waits = false;
	if (answer->status == STS_DNS_FOUND && answer->n_mx > 0) {
		take_mx(judge, answer->mx, answer->n_mx);
	} else if (answer->status == STS_DNS_ABSENT) {
		snprintf(
		    implicit.host, sizeof(implicit.host), "%s", judge->domain);
		take_mx(judge, &implicit, 1);
	}
	if (!judge->inside)
		look(judge);
}

static void
ask_mx(struct sts_judge *judge)
{
	const struct sts_clock *clock = &judge->service->deps.clock;
	struct sts_dns_query *query;

	judge->deadline = clock->ops->mono(clock->ctx) +
			  judge->service->config.lookup_timeout;
	judge->waits = judge->inside = true;
	query = judge->dns.ops->mx(
	    judge->dns.ctx, judge->domain, judge->deadline, on_mx, judge);
	judge->inside = false;
	if (judge->waits)
		judge->query = query;
	else
		look(judge);
}

/* The host is told. False: it is none, or no memory. */
static bool
take_host(struct sts_judge *judge, const char *host)
{
	judge->mx = calloc(1, sizeof(*judge->mx));
	if (judge->mx == NULL ||
	    sts_host_parse(sts_str(host), judge->mx->host) != STS_OK)
		return false;
	judge->n = 1;
	judge->found = true;
	return true;
}

static struct sts_judge *
make(struct sts_service *service, const char *domain, const char *host,
    const char *addr)
{
	size_t size = strlen(domain) + 1;
	struct sts_judge *judge = NULL;

	if (service->n_judges < JUDGES_MAX &&
	    service->deps.addresses.ops != NULL &&
	    strlen(addr) < sizeof(judge->addr))
		judge = calloc(1, sizeof(*judge) + size);
	if (judge == NULL)
		return NULL;
	if (host[0] != '\0' && !take_host(judge, host)) {
		free(judge->mx);
		free(judge);
		return NULL;
	}
	memcpy(judge->domain, domain, size);
	snprintf(judge->addr, sizeof(judge->addr), "%s", addr);
	LIST_INSERT_HEAD(&service->judges, judge, link);
	service->n_judges++;
	return judge;
}

void
sts_judge(struct sts_service *service, enum sts_judge_want want,
    const char *domain, const char *host, const char *addr, sts_judged_cb *cb,
    void *arg)
{
	struct sts_judge *judge = make(service, domain, host, addr);

	if (judge == NULL) {
		cb(arg, "", NULL);
		return;
	}
	judge->service = service;
	judge->want = want;
	judge->cb = cb;
	judge->arg = arg;
	judge->dns = service->deps.dns;
	judge->addresses = service->deps.addresses;
	if (judge->found)
		try_host(judge);
	else
		ask_mx(judge);
}

void
sts_judges_end(struct sts_service *service)
{
	struct sts_judge *judge, *next;

	for (judge = LIST_FIRST(&service->judges); judge; judge = next) {
		next = LIST_NEXT(judge, link);
		if (judge->query != NULL)
			judge->dns.ops->cancel(judge->dns.ctx, judge->query);
		if (judge->lookup != NULL)
			judge->addresses.ops->cancel(
			    judge->addresses.ctx, judge->lookup);
		sts_probes_leave(judge->try);
		end(judge, NULL);
	}
}
