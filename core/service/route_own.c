/* SPDX-License-Identifier: ISC */
/* Which MX is this host, by its addresses (RFC 5321 section 5.1)? */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "route_search.h"

bool
sts_route_is_address(const char *own, const struct sockaddr_storage *addr)
{
	unsigned char octets[16];

	if (inet_pton(addr->ss_family, own, octets) != 1)
		return false;
	if (addr->ss_family == AF_INET)
		return memcmp(octets,
			   &((const struct sockaddr_in *)addr)->sin_addr,
			   4) == 0;
	return memcmp(octets, &((const struct sockaddr_in6 *)addr)->sin6_addr,
		   16) == 0;
}

static bool
is_own(const struct sts_service_config *config,
    const struct sts_address_answer *answer)
{
	if (answer->status != STS_DNS_FOUND)
		return false;
	for (size_t i = 0; i < config->n_own_hosts; i++)
		for (size_t j = 0; j < answer->n; j++)
			if (sts_route_is_address(
				config->own_hosts[i], &answer->addr[j]))
				return true;
	return false;
}

bool
sts_route_own_wanted(const struct sts_search *search)
{
	const struct sts_service *service = search->routes->service;
	const struct sts_service_config *config = &service->config;
	unsigned char octets[16];

	for (size_t i = 0; i < config->n_own_hosts; i++)
		if (inet_pton(AF_INET, config->own_hosts[i], octets) == 1 ||
		    inet_pton(AF_INET6, config->own_hosts[i], octets) == 1)
			return service->deps.addresses.ops != NULL;
	return false;
}

static void
on_addresses(void *arg, const struct sts_address_answer *answer)
{
	struct sts_candidate *c = arg;
	struct sts_search *search = c->search;

	sts_search_enter(search);
	c->looking = false;
	c->query = NULL;
	c->own = is_own(&search->routes->service->config, answer);
	search->open--;
	sts_search_leave(search);
}

static void
look(struct sts_search *search)
{
	const struct sts_service *service = search->routes->service;
	int64_t deadline =
	    sts_route_now(search->routes) + service->config.dns_timeout;

	search->addresses = service->deps.addresses;
	search->looked = true;
	search->open = search->n;
	for (size_t i = 0; i < search->n; i++) {
		struct sts_candidate *c = &search->list[i];
		struct sts_address_query *query;

		c->looking = true;
		query = search->addresses.ops->lookup(search->addresses.ctx,
		    c->mx.host, deadline, on_addresses, c);
		if (c->looking)
			c->query = query;
	}
}

bool
sts_route_own(struct sts_search *search)
{
	bool own = false;
	uint16_t ours = 0;
	size_t kept = 0;

	if (!search->looked)
		look(search);
	if (search->open > 0)
		return false;
	for (size_t i = 0; i < search->n; i++) {
		const struct sts_candidate *c = &search->list[i];

		if (c->own && (!own || c->mx.preference < ours)) {
			own = true;
			ours = c->mx.preference;
		}
	}
	for (size_t i = 0; i < search->n; i++)
		if (!own || search->list[i].mx.preference < ours)
			search->list[kept++] = search->list[i];
	search->n = kept;
	return true;
}

void
sts_route_own_drop(struct sts_candidate *c)
{
	const struct sts_addresses *addresses;

	if (c->query == NULL)
		return;
	addresses = &c->search->addresses;
	addresses->ops->cancel(addresses->ctx, c->query);
}
