/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "route_fault.h"

static char *
put(char **at, const char *text)
{
	char *start = *at;
	size_t size = strlen(text) + 1;

	memcpy(start, text, size);
	*at += size;
	return start;
}

static size_t
faults_of(const struct sts_search *search, enum sts_candidate_state state,
    struct sts_route_fault *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < search->n && n < max; i++) {
		const struct sts_candidate *c = &search->list[i];

		if (c->state == state && sts_route_passed(c, search->good) &&
		    sts_route_fault(c, &out[n]))
			n++;
	}
	return n;
}

/* What hosts were passed over for; none where nobody counts it. Mail would not
 * go to more of them than are kept: those that were tried, then those that are
 * not named, in the order of their turns. */
static size_t
faults(const struct sts_search *search, enum sts_route_kind kind,
    struct sts_route_fault out[STS_ROUTE_FAULTS])
{
	size_t n;

	if (search->routes->service->deps.recording == NULL ||
	    search->policy == NULL ||
	    search->policy->mode != STS_MODE_ENFORCE ||
	    (kind != STS_ROUTE_HOST && kind != STS_ROUTE_BLOCKED))
		return 0;
	n = faults_of(search, STS_TRIED, out, STS_ROUTE_FAULTS);
	return n +
	       faults_of(search, STS_NAMED_NOT, out + n, STS_ROUTE_FAULTS - n);
}

/* Of what stands behind the struct. */
static size_t
size_of(const struct sts_outcome *outcome)
{
	size_t size = strlen(outcome->id) + strlen(outcome->host) +
		      strlen(outcome->reason) + strlen(outcome->detail) + 4;

	for (size_t i = 0; i < outcome->n_faults; i++) {
		const struct sts_route_fault *fault = &outcome->fault[i];

		size += sizeof(*fault) + strlen(fault->host) +
			strlen(fault->addr) + strlen(fault->detail) + 3;
	}
	return size;
}

/* A copy with its texts. */
static struct sts_outcome *
pack(const struct sts_outcome *plain)
{
	struct sts_outcome *out = malloc(sizeof(*out) + size_of(plain));
	struct sts_route_fault *fault;
	char *at;

	if (out == NULL)
		return NULL;
	*out = *plain;
	fault = (struct sts_route_fault *)(out + 1);
	at = (char *)(fault + plain->n_faults);
	out->fault = fault;
	out->id = put(&at, plain->id);
	out->host = put(&at, plain->host);
	out->reason = put(&at, plain->reason);
	out->detail = put(&at, plain->detail);
	for (size_t i = 0; i < plain->n_faults; i++)
		fault[i] = (struct sts_route_fault){plain->fault[i].result,
		    put(&at, plain->fault[i].host),
		    put(&at, plain->fault[i].addr),
		    put(&at, plain->fault[i].detail)};
	return out;
}

struct sts_outcome *
sts_outcome_new(const struct sts_search *search, enum sts_route_kind kind,
    const char *host, const char *reason, const char *detail, int64_t ms)
{
	const struct sts_clock *clock = &search->routes->service->deps.clock;
	struct sts_route_fault fault[STS_ROUTE_FAULTS];
	struct sts_outcome plain = {.users = 1,
	    .kind = kind,
	    .testing = search->policy != NULL &&
		       search->policy->mode == STS_MODE_TESTING,
	    .id = search->id,
	    .host = host,
	    .reason = reason,
	    .detail = detail,
	    .fetched = search->fetched,
	    .era = search->era,
	    .made = clock->ops->mono(clock->ctx),
	    .fault = fault,
	    .n_faults = faults(search, kind, fault)};

	plain.until = plain.made + ms;
	plain.until_wall = clock->ops->wall(clock->ctx) + ms / 1000;
	return pack(&plain);
}

size_t
sts_outcome_size(const struct sts_outcome *outcome)
{
	return outcome != NULL ? sizeof(*outcome) + size_of(outcome) : 0;
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
