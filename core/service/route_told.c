/* SPDX-License-Identifier: ISC */
/* Which hosts were told for which mail, and what is heard of them. */
#include <string.h>

#include "recorder.h"
#include "route_fault.h"
#include "route_told.h"

#define TOLD_MS  300000 /* a mail server's patience with a host */
#define LOOK_MAX 4096   /* of the domains used last */

static struct sts_route *
find(struct sts_routes *routes, const char *domain)
{
	return (struct sts_route *)sts_map_find(&routes->lru.map, domain);
}

const struct sts_outcome *
sts_routes_last(struct sts_routes *routes, const char *domain)
{
	struct sts_route *route = find(routes, domain);

	return route != NULL ? route->kept : NULL;
}

void
sts_routes_told(struct sts_routes *routes, const char *domain)
{
	struct sts_route *route = find(routes, domain);

	if (route != NULL)
		route->told = sts_route_now(routes) + 1;
}

void
sts_routes_ended(struct sts_routes *routes, const char *domain)
{
	struct sts_route *route = find(routes, domain);

	if (route != NULL)
		route->told = 0;
}

static bool
is_at(
    struct sts_routes *routes, const struct sts_route *route, const char *addr)
{
	const struct sts_probed *last;

	if (route->told == 0 || route->kept == NULL ||
	    route->kept->kind != STS_ROUTE_HOST || route->kept->testing ||
	    sts_route_now(routes) - route->told >= TOLD_MS)
		return false;
	last = sts_probes_last(routes->probes, route->kept->host);
	return last != NULL && strcmp(last->addr, addr) == 0;
}

void
sts_routes_failed(struct sts_routes *routes, const char *addr,
    sts_routes_each_cb *each, void *arg)
{
	struct sts_lru_node *node = TAILQ_FIRST(&routes->lru.list);
	size_t n;

	for (n = 0; node != NULL && n < LOOK_MAX; n++) {
		struct sts_route *route = (struct sts_route *)node;

		node = TAILQ_NEXT(node, link);
		if (!is_at(routes, route, addr))
			continue;
		route->told = 0;
		each(arg, route->domain, route->kept->host);
	}
}

bool
sts_route_fault(const struct sts_candidate *c, struct sts_route_fault *fault)
{
	*fault = (struct sts_route_fault){.host = c->mx.host,
	    .addr = c->probed.addr,
	    .detail = c->probed.detail};
	if (c->state == STS_NAMED_NOT) {
		fault->result = STS_RESULT_VALIDATION_FAILURE;
		fault->addr = "";
		fault->detail = STS_MX_MISMATCH;
		return true;
	}
	return c->state == STS_TRIED && c->probed.status == STS_PROBE_DEFECT &&
	       sts_result_type_parse(
		   sts_str(c->probed.result), &fault->result) == STS_OK;
}
