/* SPDX-License-Identifier: ISC */
/* Which hosts in which order, and why none of them will do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route_fault.h"

#define BLOCKED_MS 60000

static bool
is_own(const struct sts_service_config *config, const char *host)
{
	for (size_t i = 0; i < config->n_own_hosts; i++)
		if (sts_str_caseeq(
			sts_str(config->own_hosts[i]), sts_str(host)))
			return true;
	return false;
}

/*
 * Who failed last comes last, whatever our tries say: the mail server may fail
 * where we do not, and is told one host an attempt. Then by preference, then by
 * chance.
 */
static int
compare(const void *a, const void *b)
{
	const struct sts_candidate *x = a, *y = b;

	if (x->doubted != y->doubted)
		return x->doubted < y->doubted ? -1 : 1;
	if (x->mx.preference != y->mx.preference)
		return x->mx.preference < y->mx.preference ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* RFC 5321 section 5.1 */
static bool
own_preference(const struct sts_service_config *config, const struct sts_mx *mx,
    size_t n, uint16_t *out)
{
	bool own = false;

	for (size_t i = 0; i < n; i++) {
		if (!is_own(config, mx[i].host) ||
		    (own && mx[i].preference >= *out))
			continue;
		own = true;
		*out = mx[i].preference;
	}
	return own;
}

size_t
sts_route_sort(struct sts_routes *routes, const struct sts_mx *mx, size_t n,
    struct sts_candidate *out, bool *own)
{
	const struct sts_service_deps *deps = &routes->service->deps;
	const struct sts_service_config *config = &routes->service->config;
	uint16_t ours = 0;
	size_t kept = 0;

	*own = own_preference(config, mx, n, &ours);
	for (size_t i = 0; i < n; i++) {
		/* "" is the null MX (RFC 7505): no host takes mail. */
		if (mx[i].host[0] == '\0' || (*own && mx[i].preference >= ours))
			continue;
		out[kept].mx = mx[i];
		out[kept].order = deps->random != NULL ? deps->random(deps->ctx)
						       : (uint32_t)i;
		out[kept++].doubted =
		    sts_probes_doubted(routes->probes, mx[i].host);
	}
	qsort(out, kept, sizeof(*out), compare);
	return kept;
}

const char *
sts_route_first(struct sts_routes *routes, const struct sts_mx *mx, size_t n,
    char buf[STS_DOMAIN_SIZE])
{
	struct sts_candidate *list = calloc(n + 1, sizeof(*list));
	bool own;

	buf[0] = '\0';
	if (list == NULL)
		return buf;
	if (sts_route_sort(routes, mx, n, list, &own) > 0)
		memcpy(buf, list[0].mx.host, sizeof(list[0].mx.host));
	free(list);
	return buf[0] == '\0' && own ? NULL : buf;
}

static const char *
word_of(const struct sts_candidate *c)
{
	if (c->state == STS_NAMED_NOT)
		return "mta-sts-mx-mismatch";
	if (c->state != STS_TRIED)
		return c->doubted != 0 ? "delivery-failed" : "untried";
	switch (c->probed.status) {
	case STS_PROBE_GOOD:
		return "good";
	case STS_PROBE_DEFECT:
		return c->probed.result;
	case STS_PROBE_UNREACHABLE:
		return "unreachable";
	case STS_PROBE_SLOW:
		return "slow";
	case STS_PROBE_LOCAL:
		break;
	}
	return "untried";
}

bool
sts_route_passed(
    const struct sts_candidate *c, const struct sts_candidate *good)
{
	return good == NULL || c < good ||
	       (c != good && c->mx.preference < good->mx.preference);
}

/* "HOST: WORD (MORE); ..." of those passed over for good, or of all (NULL),
 * escaped. */
static void
tell(const struct sts_search *search, const struct sts_candidate *good,
    char buf[STS_ROUTE_DETAIL])
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < search->n; i++) {
		const struct sts_candidate *c = &search->list[i];
		char host[STS_DOMAIN_SIZE], more[STS_PROBE_DETAIL];
		int size;

		if (!sts_route_passed(c, good))
			continue;
		sts_str_escape(sts_str(c->mx.host), host, sizeof(host));
		sts_str_escape(sts_str(c->probed.detail), more, sizeof(more));
		size = snprintf(buf + n, STS_ROUTE_DETAIL - n,
		    more[0] != '\0' ? "%s%s: %s (%s)" : "%s%s: %s",
		    n > 0 ? "; " : "", host, word_of(c), more);
		if (size < 0 || (size_t)size >= STS_ROUTE_DETAIL - n) {
			buf[n] = '\0';
			break;
		}
		n += (size_t)size;
	}
}

bool
sts_route_unsure(const struct sts_search *search)
{
	for (size_t i = 0; i < search->n; i++)
		if (search->list[i].state == STS_TRIED &&
		    search->list[i].probed.status == STS_PROBE_LOCAL)
			return true;
	return false;
}

const struct sts_candidate *
sts_route_slow(const struct sts_search *search)
{
	for (size_t i = 0; i < search->n && !sts_route_unsure(search); i++)
		if (search->list[i].state == STS_TRIED &&
		    search->list[i].probed.status == STS_PROBE_SLOW)
			return &search->list[i];
	return NULL;
}

/* The first with a word of RFC 8460; else not reached; else not named. */
static const char *
reason_of(const struct sts_search *search)
{
	const char *reason = "mta-sts-mx-mismatch";

	if (search->n == 0)
		return "null-mx";
	for (size_t i = 0; i < search->n; i++) {
		const struct sts_candidate *c = &search->list[i];

		if (c->state != STS_TRIED)
			continue;
		if (c->probed.status == STS_PROBE_DEFECT)
			return c->probed.result;
		reason = "unreachable";
	}
	return reason;
}

/* Until the first of the results is old. */
static int64_t
lasts(const struct sts_search *search)
{
	int64_t now = sts_route_now(search->routes), ms = BLOCKED_MS;

	for (size_t i = 0; i < search->n; i++) {
		const struct sts_candidate *c = &search->list[i];

		if (c->state == STS_TRIED && c->probed.until - now < ms)
			ms = c->probed.until - now;
	}
	return ms > 0 ? ms : 0;
}

/* Why mail would not go to hosts before good, were the policy enforced; "": no
 * reason of the policy's. */
static const char *
would_refuse(const struct sts_search *search)
{
	const struct sts_candidate *c;
	const char *reason = "";

	for (c = search->list; c < search->good; c++) {
		if (c->state == STS_TRIED &&
		    c->probed.status == STS_PROBE_DEFECT)
			return c->probed.result;
		if (c->state == STS_NAMED_NOT)
			reason = "mta-sts-mx-mismatch";
	}
	return reason;
}

void
sts_route_take(struct sts_search *search, int64_t ms)
{
	bool testing = search->policy->mode == STS_MODE_TESTING;
	char passed[STS_ROUTE_DETAIL];

	tell(search, search->good, passed);
	sts_search_end(search, STS_ROUTE_HOST, search->good->mx.host,
	    testing ? would_refuse(search) : "", passed, ms);
}

void
sts_route_refuse(struct sts_search *search)
{
	char detail[STS_ROUTE_DETAIL];

	tell(search, NULL, detail);
	if (sts_route_unsure(search))
		sts_search_end(search, STS_ROUTE_TEMP, "", "busy", detail, 0);
	else
		sts_search_end(search, STS_ROUTE_BLOCKED, "", reason_of(search),
		    search->n > 0 ? detail : "null-mx", lasts(search));
}
