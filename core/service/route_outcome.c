/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "route_search.h"

static char *
put(char **at, const char *text)
{
	char *start = *at;
	size_t size = strlen(text) + 1;

	memcpy(start, text, size);
	*at += size;
	return start;
}

struct sts_outcome *
sts_outcome_new(const struct sts_search *search, enum sts_route_kind kind,
    const char *host, const char *reason, const char *detail, int64_t ms)
{
	const struct sts_clock *clock = &search->routes->service->deps.clock;
	struct sts_outcome *out;
	char *at;

	out = malloc(sizeof(*out) + strlen(search->id) + strlen(host) +
		     strlen(reason) + strlen(detail) + 4);
	if (out == NULL)
		return NULL;
	at = (char *)(out + 1);
	*out = (struct sts_outcome){.users = 1,
	    .kind = kind,
	    .testing = search->policy != NULL &&
		       search->policy->mode == STS_MODE_TESTING,
	    .id = put(&at, search->id),
	    .host = put(&at, host),
	    .reason = put(&at, reason),
	    .detail = put(&at, detail),
	    .fetched = search->fetched,
	    .era = search->era,
	    .made = clock->ops->mono(clock->ctx)};
	out->until = out->made + ms;
	out->until_wall = clock->ops->wall(clock->ctx) + ms / 1000;
	return out;
}

size_t
sts_outcome_size(const struct sts_outcome *outcome)
{
	if (outcome == NULL)
		return 0;
	return sizeof(*outcome) + strlen(outcome->id) + strlen(outcome->host) +
	       strlen(outcome->reason) + strlen(outcome->detail) + 4;
}

void
sts_outcome_unref(struct sts_outcome *outcome)
{
	if (outcome != NULL && --outcome->users == 0)
		free(outcome);
}

static bool
same(const struct sts_outcome *a, const struct sts_outcome *b)
{
	return a != NULL && a->kind == b->kind && a->testing == b->testing &&
	       strcmp(a->host, b->host) == 0 &&
	       strcmp(a->reason, b->reason) == 0 &&
	       strcmp(a->detail, b->detail) == 0;
}

/* The detail has remote text in it, which is escaped there. */
static void
say(const struct sts_routes *routes, const char *domain,
    const struct sts_outcome *outcome)
{
	const struct sts_log *log = routes->service->deps.log;
	const char *detail = outcome->detail[0] != '\0' ? outcome->detail : "-";
	char id[4 * STS_ID_SIZE];

	sts_str_escape(sts_str(outcome->id), id, sizeof(id));
	if (outcome->kind == STS_ROUTE_HOST) {
		if (outcome->testing && outcome->reason[0] != '\0')
			sts_log(log, STS_LOG_WARNING, "would-refuse",
			    "domain=%s id=%s reason=%s detail=\"%s\" "
			    "left=\"%s\" rule=\"RFC 8461 section 5.2\"",
			    domain, id, outcome->reason, detail, outcome->host);
		else if (!outcome->testing)
			sts_log(log, STS_LOG_INFO, "route",
			    "domain=%s id=%s mx=\"%s\" passed=\"%s\"", domain,
			    id, outcome->host, detail);
		return;
	}
	if (outcome->kind == STS_ROUTE_BLOCKED)
		sts_log(log, STS_LOG_WARNING,
		    outcome->testing ? "would-refuse" : "blocked",
		    "domain=%s id=%s reason=%s detail=\"%s\" rule=\"%s\"",
		    domain, id, outcome->reason, detail,
		    outcome->testing ? "RFC 8461 section 5.2"
				     : "RFC 8461 section 5");
	else
		sts_log(log, STS_LOG_INFO, "route-unknown",
		    "domain=%s id=%s reason=%s detail=\"%s\"", domain, id,
		    outcome->reason, detail);
}

void
sts_route_log(struct sts_routes *routes, struct sts_route *route,
    struct sts_outcome *outcome)
{
	if (same(route->said, outcome))
		return;
	say(routes, route->domain, outcome);
	routes->stats.memory -= sts_outcome_size(route->said);
	routes->stats.memory += sts_outcome_size(outcome);
	sts_outcome_unref(route->said);
	outcome->users++;
	route->said = outcome;
}
