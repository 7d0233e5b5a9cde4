/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "route_search.h"
#include "sts/match.h"

#define SEARCHES_MAX 1024    /* at once */
#define HOSTS_MAX    8192    /* of which results are remembered */
#define STALE_MS     3600000 /* a host found that long ago may still do */
#define STALE_SAID_S 5       /* and is asked for again after that */
#define PROBES_OPEN  16      /* tried or waiting, for each that may be tried */

struct sts_route_wait {
	LIST_ENTRY(sts_route_wait) link;
	sts_route_cb *cb;
	void *arg;
};

int64_t
sts_route_now(const struct sts_routes *routes)
{
	const struct sts_clock *clock = &routes->service->deps.clock;

	return clock->ops->mono(clock->ctx);
}

static uint64_t
seed(const struct sts_service *service)
{
	const struct sts_service_deps *deps = &service->deps;

	if (deps->random == NULL)
		return 0;
	return (uint64_t)deps->random(deps->ctx) << 32 |
	       deps->random(deps->ctx);
}

static struct sts_routes *
make(struct sts_service *service)
{
	struct sts_routes *routes = calloc(1, sizeof(*routes));
	struct sts_probes_config config = {.probing = service->deps.probing,
	    .clock = service->deps.clock,
	    .hosts_max = HOSTS_MAX,
	    .open_max = service->config.probes_max * PROBES_OPEN,
	    .seed = seed(service)};

	if (routes == NULL)
		return NULL;
	routes->service = service;
	if (config.hosts_max > service->config.domains_max)
		config.hosts_max = service->config.domains_max;
	if (sts_lru_init(&routes->lru, service->config.domains_max,
		seed(service)) != STS_OK) {
		free(routes);
		return NULL;
	}
	routes->probes = sts_probes_new(&config);
	if (routes->probes == NULL) {
		sts_routes_free(routes);
		return NULL;
	}
	return routes;
}

struct sts_routes *
sts_routes_of(struct sts_service *service)
{
	if (service->routes == NULL)
		service->routes = make(service);
	return service->routes;
}

static void
forget(struct sts_routes *routes, struct sts_route *route)
{
	sts_lru_del(&routes->lru, &route->lru);
	routes->stats.kept--;
	routes->stats.memory -= sizeof(*route) + strlen(route->domain) + 1 +
				sts_outcome_size(route->kept) +
				sts_outcome_size(route->said);
	sts_outcome_unref(route->kept);
	sts_outcome_unref(route->said);
	free(route);
}

void
sts_routes_free(struct sts_routes *routes)
{
	struct sts_route_wait *wait, *next;
	struct sts_route *route;

	if (routes == NULL)
		return;
	while ((route = (struct sts_route *)TAILQ_FIRST(&routes->lru.list)) !=
	       NULL) {
		if (route->search != NULL)
			sts_search_free(route->search);
		for (wait = LIST_FIRST(&route->waits); wait; wait = next) {
			next = LIST_NEXT(wait, link);
			free(wait);
		}
		forget(routes, route);
	}
	sts_probes_free(routes->probes);
	sts_lru_fini(&routes->lru);
	free(routes);
}

static bool
is_idle(const struct sts_lru_node *node)
{
	const struct sts_route *route = (const struct sts_route *)node;

	return route->search == NULL && !route->busy;
}

/* NULL: no memory, or no room. */
static struct sts_route *
find_or_make(struct sts_routes *routes, const char *domain)
{
	struct sts_route *route =
	    (struct sts_route *)sts_lru_find(&routes->lru, domain);
	struct sts_lru_node *oldest;
	size_t size = strlen(domain) + 1;

	if (route != NULL)
		return route;
	if (!sts_lru_room(&routes->lru, is_idle, &oldest)) {
		if (oldest == NULL)
			return NULL;
		forget(routes, (struct sts_route *)oldest);
	}
	route = calloc(1, sizeof(*route) + size);
	if (route == NULL)
		return NULL;
	LIST_INIT(&route->waits);
	memcpy(route->domain, domain, size);
	sts_lru_add(&routes->lru, &route->lru, route->domain);
	routes->stats.kept++;
	routes->stats.memory += sizeof(*route) + size;
	return route;
}

static void
keep(struct sts_routes *routes, struct sts_route *route,
    struct sts_outcome *outcome)
{
	routes->stats.memory -= sts_outcome_size(route->kept);
	routes->stats.memory += sts_outcome_size(outcome);
	sts_outcome_unref(route->kept);
	if (outcome != NULL)
		outcome->users++;
	route->kept = outcome;
}

static void
tell(struct sts_route *route, const struct sts_outcome *outcome)
{
	struct sts_route_waits waits = LIST_HEAD_INITIALIZER(waits);
	struct sts_route_wait *wait, copy;

	while ((wait = LIST_FIRST(&route->waits)) != NULL) {
		LIST_REMOVE(wait, link);
		LIST_INSERT_HEAD(&waits, wait, link);
	}
	while ((wait = LIST_FIRST(&waits)) != NULL) {
		LIST_REMOVE(wait, link);
		copy = *wait;
		free(wait);
		copy.cb(copy.arg, outcome);
	}
}

static void
count(struct sts_routes_stats *stats, enum sts_route_kind kind)
{
	switch (kind) {
	case STS_ROUTE_HOST:
		stats->found++;
		return;
	case STS_ROUTE_BLOCKED:
		stats->blocked++;
		return;
	case STS_ROUTE_TEMP:
		stats->temp++;
		return;
	case STS_ROUTE_GONE:
		stats->gone++;
		return;
	}
}

/* What we could not find out does not undo what was found before. */
static bool
replaces(const struct sts_routes *routes, const struct sts_route *route,
    const struct sts_outcome *outcome)
{
	if (outcome->kind != STS_ROUTE_TEMP)
		return true;
	return route->kept == NULL || route->kept->kind != STS_ROUTE_HOST ||
	       route->kept->until <= sts_route_now(routes);
}

void
sts_route_found(struct sts_search *search)
{
	static const struct sts_outcome no_memory = {.kind = STS_ROUTE_TEMP,
	    .id = "",
	    .host = "",
	    .reason = "no-memory",
	    .detail = ""};
	struct sts_routes *routes = search->routes;
	struct sts_route *route = search->route;
	struct sts_outcome *outcome = search->outcome;

	search->outcome = NULL;
	sts_search_free(search);
	route->busy = true;
	count(&routes->stats, outcome != NULL ? outcome->kind : STS_ROUTE_TEMP);
	if (outcome == NULL) {
		tell(route, &no_memory);
	} else if (outcome->kind == STS_ROUTE_GONE) {
		keep(routes, route, NULL);
		tell(route, outcome);
	} else {
		sts_route_log(routes, route, outcome);
		if (replaces(routes, route, outcome))
			keep(routes, route, outcome);
		tell(route, outcome);
	}
	sts_outcome_unref(outcome);
	route->busy = false;
	if (route->kept == NULL && route->search == NULL)
		forget(routes, route);
}

static bool
begin(struct sts_routes *routes, struct sts_route *route,
    const struct sts_answer *answer, bool refresh)
{
	return routes->stats.searching < SEARCHES_MAX &&
	       sts_search_begin(routes, route, answer, refresh);
}

/* Is what is kept right for this policy? */
static bool
is_for(const struct sts_outcome *kept, const struct sts_answer *answer,
    unsigned era)
{
	if (answer == NULL)
		return !kept->testing;
	if (kept->testing != (answer->policy->mode == STS_MODE_TESTING))
		return false;
	if (kept->kind == STS_ROUTE_HOST)
		return sts_policy_match(answer->policy, sts_str(kept->host));
	return kept->era == era && kept->fetched == answer->fetched &&
	       strcmp(kept->id, answer->id) == 0;
}

/* A delivery to the host failed since. */
static bool
is_doubted(struct sts_routes *routes, const struct sts_outcome *kept)
{
	int64_t doubted;

	if (kept->kind != STS_ROUTE_HOST)
		return false;
	doubted = sts_probes_doubted(routes->probes, kept->host);
	return doubted != 0 && doubted >= kept->made;
}

const struct sts_outcome *
sts_routes_kept(struct sts_routes *routes, const char *domain,
    const struct sts_answer *answer, bool stale)
{
	struct sts_route *route =
	    (struct sts_route *)sts_lru_find(&routes->lru, domain);
	struct sts_outcome *kept = route != NULL ? route->kept : NULL;
	int64_t now = sts_route_now(routes);

	if (kept == NULL || !is_for(kept, answer, routes->era) ||
	    is_doubted(routes, kept))
		return NULL;
	if (now >= kept->until) {
		if (!stale || kept->kind != STS_ROUTE_HOST ||
		    now >= kept->until + STALE_MS)
			return NULL;
		kept->until_wall = routes->service->deps.clock.ops->wall(
				       routes->service->deps.clock.ctx) +
				   STALE_SAID_S;
	}
	if (route->search == NULL &&
	    now >= kept->until - (kept->until - kept->made) / 3)
		(void)begin(routes, route, answer, true);
	return kept;
}

/* Whoever searches, it is searched. */
static bool
search(struct sts_routes *routes, struct sts_route *route,
    const struct sts_answer *answer)
{
	if (route == NULL)
		return false;
	if (route->search != NULL || begin(routes, route, answer, false))
		return true;
	if (route->kept == NULL && !route->busy)
		forget(routes, route);
	return false;
}

struct sts_route_wait *
sts_routes_wait(struct sts_routes *routes, const char *domain,
    const struct sts_answer *answer, sts_route_cb *cb, void *arg)
{
	struct sts_route_wait *wait = malloc(sizeof(*wait));
	struct sts_route *route;

	if (wait == NULL)
		return NULL;
	route = find_or_make(routes, domain);
	if (!search(routes, route, answer)) {
		free(wait);
		return NULL;
	}
	wait->cb = cb;
	wait->arg = arg;
	LIST_INSERT_HEAD(&route->waits, wait, link);
	return wait;
}

void
sts_routes_look(struct sts_routes *routes, const char *domain,
    const struct sts_answer *answer)
{
	(void)search(routes, find_or_make(routes, domain), answer);
}

void
sts_routes_leave(struct sts_route_wait *wait)
{
	if (wait == NULL)
		return;
	LIST_REMOVE(wait, link);
	free(wait);
}

void
sts_routes_reloaded(struct sts_routes *routes)
{
	routes->era++;
}

void
sts_routes_doubt(
    struct sts_routes *routes, const char *domain, const char *host)
{
	struct sts_route *route =
	    (struct sts_route *)sts_map_find(&routes->lru.map, domain);

	sts_probes_doubt(routes->probes, host);
	if (route != NULL && route->kept != NULL &&
	    strcmp(route->kept->host, host) == 0)
		keep(routes, route, NULL);
}

void
sts_routes_doubt_address(struct sts_routes *routes, const char *addr)
{
	sts_probes_doubt_address(routes->probes, addr);
}

void
sts_routes_stats(const struct sts_routes *routes, struct sts_routes_stats *out,
    struct sts_probes_stats *probes)
{
	*out = routes->stats;
	sts_probes_stats(routes->probes, probes);
}
