/* SPDX-License-Identifier: ISC */
/* Policy, MX records, tries of the hosts; again if none will do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route_search.h"
#include "sts/match.h"

#define PARALLEL  4          /* hosts of a domain that are tried at once */
#define ROUTE_MS  300000     /* how long a route holds at most */
#define OWN_MS    60000      /* that we are the best MX */
#define DNS_MS    10000      /* that MX records are not to be had */
#define FRESH(ms) ((ms) / 3) /* left of a result that still counts */

static void run(struct sts_search *search);

static const struct sts_service_config *
config_of(const struct sts_search *search)
{
	return &search->routes->service->config;
}

void
sts_search_enter(struct sts_search *search)
{
	search->depth++;
}

void
sts_search_leave(struct sts_search *search)
{
	if (--search->depth == 0)
		run(search);
}

void
sts_search_end(struct sts_search *search, enum sts_route_kind kind,
    const char *host, const char *reason, const char *detail, int64_t ms)
{
	sts_outcome_unref(search->outcome);
	search->outcome =
	    sts_outcome_new(search, kind, host, reason, detail, ms);
	search->stage = STS_SEARCH_END;
}

static void
drop_list(struct sts_search *search)
{
	for (size_t i = 0; i < search->n; i++) {
		sts_probes_leave(search->list[i].wait);
		sts_route_own_drop(&search->list[i]);
	}
	free(search->list);
	search->list = NULL;
	search->n = search->open = 0;
	search->looked = false;
	search->good = search->turn = NULL;
}

void
sts_search_free(struct sts_search *search)
{
	const struct sts_clock *clock = &search->routes->service->deps.clock;

	clock->ops->cancel(clock->ctx, search->timer);
	sts_query_drop(&search->query);
	if (search->mx != NULL)
		search->dns.ops->cancel(search->dns.ctx, search->mx);
	drop_list(search);
	sts_policy_free(search->policy);
	sts_outcome_unref(search->outcome);
	search->route->search = NULL;
	search->routes->stats.searching--;
	free(search);
}

/* Of mode testing or enforce; false: no memory. */
static bool
take_policy(struct sts_search *search, const struct sts_answer *answer)
{
	struct sts_policy *policy;

	if (sts_policy_parse(answer->policy->text, &policy, NULL) != STS_OK)
		return false;
	policy->mode = answer->policy->mode; /* by an override */
	sts_policy_free(search->policy);
	search->policy = policy;
	search->fetched = answer->fetched;
	search->expires = answer->expires;
	search->era = search->routes->era;
	snprintf(search->id, sizeof(search->id), "%s", answer->id);
	return true;
}

static bool
same_policy(const struct sts_search *search, const struct sts_answer *answer)
{
	const struct sts_policy *a = search->policy, *b = answer->policy;

	return a != NULL && a->mode == b->mode && a->text.n == b->text.n &&
	       memcmp(a->text.p, b->text.p, a->text.n) == 0;
}

static bool
binds(const struct sts_answer *answer)
{
	return answer->kind == STS_ANSWER_POLICY &&
	       answer->policy->mode != STS_MODE_NONE;
}

static void
on_policy(void *arg, const struct sts_answer *answer)
{
	struct sts_search *search = arg;
	bool same;

	sts_search_enter(search);
	if (!binds(answer)) {
		sts_search_end(search, STS_ROUTE_GONE, "", "", "", 0);
	} else {
		same = same_policy(search, answer);
		search->stage = STS_SEARCH_POLICY;
		if (!take_policy(search, answer))
			search->stage = STS_SEARCH_END;
		else if (same && search->query.rechecked)
			sts_route_refuse(search);
	}
	sts_search_leave(search);
}

static void
end_own(struct sts_search *search)
{
	sts_search_end(search, STS_ROUTE_TEMP, "", "own-mx", "", OWN_MS);
}

/* What the policy does not name is not tried. */
static void
take_mx(struct sts_search *search, const struct sts_mx *mx, size_t n)
{
	bool own;

	drop_list(search);
	if (n == 0 || (search->list = calloc(n, sizeof(*search->list))) == NULL)
		return;
	search->n = sts_route_sort(search->routes, mx, n, search->list, &own);
	if (search->n == 0 && own) {
		end_own(search);
		return;
	}
	for (size_t i = 0; i < search->n; i++) {
		struct sts_candidate *c = &search->list[i];

		c->search = search;
		c->state = sts_policy_match(search->policy, sts_str(c->mx.host))
			       ? STS_UNTRIED
			       : STS_NAMED_NOT;
	}
	search->stage =
	    sts_route_own_wanted(search) ? STS_SEARCH_OWN : STS_SEARCH_PROBE;
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_search *search = arg;
	struct sts_mx implicit = {0, ""};
	char reason[32];

	sts_search_enter(search);
	search->mx = NULL;
	search->stage = STS_SEARCH_END; /* no memory, if nobody says else */
	switch (answer->status) {
	case STS_DNS_FOUND:
		take_mx(search, answer->mx, answer->n_mx);
		break;
	case STS_DNS_ABSENT: /* RFC 5321 section 5.1 */
		snprintf(implicit.host, sizeof(implicit.host), "%s",
		    search->route->domain);
		take_mx(search, &implicit, 1);
		break;
	default:
		snprintf(reason, sizeof(reason), "dns-%s",
		    sts_dns_status_name(answer->status));
		sts_search_end(
		    search, STS_ROUTE_TEMP, "", reason, "mx", DNS_MS);
	}
	sts_search_leave(search);
}

static void
ask_mx(struct sts_search *search)
{
	struct sts_dns_query *query;

	search->stage = STS_SEARCH_DNS;
	search->dns = search->routes->service->deps.dns;
	query = search->dns.ops->mx(search->dns.ctx, search->route->domain,
	    sts_route_now(search->routes) + config_of(search)->lookup_timeout,
	    on_mx, search);
	if (search->stage == STS_SEARCH_DNS)
		search->mx = query;
}

static void
on_probed(void *arg, const struct sts_probed *probed)
{
	struct sts_candidate *c = arg;
	struct sts_search *search = c->search;

	sts_search_enter(search);
	c->wait = NULL;
	c->state = STS_TRIED;
	c->probed = *probed;
	search->open--;
	sts_search_leave(search);
}

static void
try_host(struct sts_search *search, struct sts_candidate *c)
{
	struct sts_probe_wait *wait;

	search->turn = c;
	search->open++;
	c->state = STS_TRYING;
	if (!config_of(search)->probe ||
	    search->routes->service->deps.probing.ops == NULL) {
		const struct sts_probed untried = {
		    .status = STS_PROBE_GOOD, .until = INT64_MAX};

		on_probed(c, &untried);
		return;
	}
	wait = sts_probes_ask(search->routes->probes, c->mx.host,
	    search->refresh ? FRESH(STS_PROBE_GOOD_MS) : 0,
	    config_of(search)->probe_timeout, on_probed, c);
	if (c->state == STS_TRYING)
		c->wait = wait;
}

/* The soonest of result, policy and what a route lasts. */
static int64_t
lasts(const struct sts_search *search)
{
	const struct sts_clock *clock = &search->routes->service->deps.clock;
	int64_t ms = search->good->probed.until - sts_route_now(search->routes);
	int64_t wall = clock->ops->wall(clock->ctx);

	if (ms > ROUTE_MS)
		ms = ROUTE_MS;
	/* Of a pinned policy 0. */
	if (search->expires != 0 && (search->expires - wall) * 1000 < ms)
		ms = (search->expires - wall) * 1000;
	return ms > 0 ? ms : 0;
}

static void
none_left(struct sts_search *search)
{
	int64_t deadline =
	    sts_route_now(search->routes) + config_of(search)->lookup_timeout;

	search->stage = STS_SEARCH_ASK;
	if (search->policy->mode == STS_MODE_ENFORCE &&
	    !sts_route_unsure(search) &&
	    sts_query_recheck(&search->query, deadline))
		return;
	sts_route_refuse(search);
}

static struct sts_candidate *
next_untried(const struct sts_search *search)
{
	for (size_t i = 0; i < search->n; i++)
		if (search->list[i].state == STS_UNTRIED)
			return &search->list[i];
	return NULL;
}

/* The one whose turn is first of those that are good. For a refresh nobody
 * waits, so the fastest of equal ones does not win it. */
static const struct sts_candidate *
pick(const struct sts_search *search)
{
	for (size_t i = 0; i < search->n; i++) {
		const struct sts_candidate *c = &search->list[i];

		if (c->state == STS_TRIED && c->probed.status == STS_PROBE_GOOD)
			return c;
		if (c->state == STS_TRYING && search->refresh)
			break;
	}
	return NULL;
}

static bool
same_turn(const struct sts_candidate *a, const struct sts_candidate *b)
{
	return a->mx.preference == b->mx.preference && a->doubted == 0 &&
	       b->doubted == 0;
}

/* Those of one preference at once; the next when all of one failed; each that
 * a delivery failed to by itself. */
static void
probe(struct sts_search *search)
{
	struct sts_candidate *c;

	while ((search->good = pick(search)) == NULL &&
	       (c = next_untried(search)) != NULL && search->open < PARALLEL &&
	       (search->open == 0 || same_turn(c, search->turn)))
		try_host(search, c);
	if (search->good == NULL && search->open == 0)
		search->good = sts_route_slow(search);
	if (search->good != NULL)
		sts_route_take(search, lasts(search));
	else if (search->open == 0)
		none_left(search);
}

/* Do what can be done without waiting. */
static void
run(struct sts_search *search)
{
	enum sts_search_stage before;
	bool any;

	sts_search_enter(search); /* what comes inside only leaves word */
	do {
		before = search->stage;
		switch (search->stage) {
		case STS_SEARCH_NEW:
			search->stage = STS_SEARCH_ASK;
			sts_query_ask(&search->query);
			break;
		case STS_SEARCH_POLICY:
			ask_mx(search);
			break;
		case STS_SEARCH_OWN:
			any = search->n > 0; /* not the null MX */
			if (!sts_route_own(search))
				break;
			search->stage = STS_SEARCH_PROBE;
			if (any && search->n == 0)
				end_own(search);
			break;
		case STS_SEARCH_PROBE:
			probe(search);
			break;
		default:
			break;
		}
	} while (search->stage != before);
	search->depth--;
	if (search->stage == STS_SEARCH_END)
		sts_route_found(search);
}

static void
on_begin(void *arg)
{
	struct sts_search *search = arg;

	search->timer = NULL;
	run(search);
}

bool
sts_search_begin(struct sts_routes *routes, struct sts_route *route,
    const struct sts_answer *answer, bool refresh)
{
	const struct sts_clock *clock = &routes->service->deps.clock;
	struct sts_search *search = calloc(1, sizeof(*search));

	if (search == NULL)
		return false;
	search->routes = routes;
	search->route = route;
	search->refresh = refresh;
	search->query = (struct sts_query){.service = routes->service,
	    .domain = route->domain,
	    .cb = on_policy,
	    .arg = search};
	route->search = search;
	routes->stats.searching++;
	search->stage = answer != NULL ? STS_SEARCH_POLICY : STS_SEARCH_NEW;
	search->timer = clock->ops->timer(
	    clock->ctx, sts_route_now(routes), on_begin, search);
	if (search->timer == NULL ||
	    (answer != NULL && !take_policy(search, answer))) {
		sts_search_free(search);
		return false;
	}
	routes->stats.searches++;
	return true;
}
