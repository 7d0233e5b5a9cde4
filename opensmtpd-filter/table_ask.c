/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "service_link.h"
#include "table_ask.h"
#include "table_copy.h"
#include "table_tell.h"
#include "table_wanted.h"

#define COPIES        32768
#define QUICK_MS      250
#define QUICK_COPY_MS 20 /* with a copy at hand */
#define GONE_MS       2
#define LATE_MS       3000
#define BURST         2 /* waits in a row */
#define SHARE         2 /* of the time after, one part in so many */
#define LEAST_MS      10
#define QUESTION_SIZE (3 * STS_TABLE_KEY + 32)

struct sts_asker {
	struct sts_link *quick; /* what is known at once */
	struct sts_link *slow;  /* what is waited for */
	struct sts_link *tell;  /* nobody waits for the answer */
	struct sts_copies *copies;
	struct sts_wanted *wanted;
	sts_asker_note *note;
	bool gone;
	int64_t heard; /* the service last, or asked with nothing open */
	int64_t wait_ms;
	int64_t credit_ms; /* how long waits may take, as of credit_at */
	int64_t credit_at;
};

struct question {
	struct sts_asker *asker;
	bool done;
	bool alone; /* nobody waits for it any more */
	struct sts_route route;
	char domain[];
};

struct sts_asker *
sts_asker_new(const struct sts_table_conf *conf, sts_asker_note *note)
{
	struct sts_asker *asker = calloc(1, sizeof(*asker));

	if (asker == NULL)
		return NULL;
	asker->note = note;
	asker->wait_ms = conf->wait_ms;
	asker->credit_ms = BURST * conf->wait_ms;
	asker->credit_at = sts_link_now();
	asker->quick = sts_link_new(conf->socket);
	asker->slow = sts_link_new(conf->socket);
	asker->tell = sts_link_new(conf->socket);
	asker->copies = sts_copies_new(COPIES);
	asker->wanted = sts_wanted_new();
	if (asker->quick == NULL || asker->slow == NULL ||
	    asker->tell == NULL || asker->copies == NULL ||
	    asker->wanted == NULL) {
		sts_asker_free(asker);
		return NULL;
	}
	return asker;
}

void
sts_asker_free(struct sts_asker *asker)
{
	if (asker->quick != NULL) /* frees the questions */
		sts_link_reset(asker->quick);
	if (asker->slow != NULL)
		sts_link_reset(asker->slow);
	sts_link_free(asker->quick);
	sts_link_free(asker->slow);
	sts_link_free(asker->tell);
	sts_copies_free(asker->copies);
	sts_wanted_free(asker->wanted);
	free(asker);
}

static bool
is_reason(const struct sts_route *route, const char *reason)
{
	return strcmp(route->text, reason) == 0;
}

/* What may be repeated while the service is gone. */
static void
keep(struct sts_asker *asker, const char *domain, const struct sts_route *route)
{
	int64_t now = sts_link_now();
	struct sts_route old;
	bool known;

	if (sts_route_is_passing(route))
		return;
	known = sts_copies_get(asker->copies, domain, now, &old);
	if (known && route->kind == STS_ROUTE_ENFORCED &&
	    old.kind == STS_ROUTE_HOST)
		return;
	if (known && route->kind == STS_ROUTE_NONE && !route->asked_mx &&
	    old.kind == STS_ROUTE_NONE && old.asked_mx)
		return;
	sts_copies_put(asker->copies, domain, route, now);
}

static void
set_gone(struct sts_asker *asker, bool gone)
{
	if (asker->gone == gone)
		return;
	asker->gone = gone;
	if (gone)
		asker->note(LOG_WARNING, "service-gone");
	else
		asker->note(LOG_INFO, "service-back");
}

static void
answered(void *arg, enum sts_reply_kind kind, const char *line)
{
	struct question *q = arg;

	sts_route_read(kind, line, (int64_t)time(NULL), &q->route);
	keep(q->asker, q->domain, &q->route);
	if (line[0] != '\0') {
		q->asker->heard = sts_link_now();
		set_gone(q->asker, false);
	}
	q->done = true;
	if (q->alone)
		free(q);
}

/* NULL: it cannot be asked. */
static struct question *
ask(struct sts_asker *asker, struct sts_link *link, const char *verb,
    const char *domain, const char *how, int64_t deadline)
{
	char text[QUESTION_SIZE];
	size_t n = strlen(domain) + 1;
	struct question *q = calloc(1, sizeof(*q) + n);

	if (q == NULL)
		return NULL;
	if (link == asker->quick && sts_link_open(link) == 0)
		asker->heard = sts_link_now();
	q->asker = asker;
	memcpy(q->domain, domain, n);
	snprintf(text, sizeof(text), "%s ", verb);
	if (sts_client_escape(text, sizeof(text), domain) == 0) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, " %s", how);
		if (sts_link_ask(link, text, deadline, answered, q) == 0)
			return q;
	}
	free(q);
	return NULL;
}

/* False: no answer yet, and q may come to its end without us. */
static bool
await(struct sts_link *link, struct question *q, int64_t until,
    struct sts_route *route)
{
	if (q == NULL)
		return false;
	sts_link_wait(link, &q->done, until);
	if (!q->done) {
		q->alone = true;
		return false;
	}
	*route = q->route;
	free(q);
	return true;
}

/* smtpd may stand still for a burst of waits, then for a part of the time. */
static int64_t
credit(struct sts_asker *asker)
{
	int64_t now = sts_link_now();

	asker->credit_ms += (now - asker->credit_at) / SHARE;
	asker->credit_at = now;
	if (asker->credit_ms > BURST * asker->wait_ms)
		asker->credit_ms = BURST * asker->wait_ms;
	return asker->credit_ms < asker->wait_ms ? asker->credit_ms
						 : asker->wait_ms;
}

/* Returns how long it was since start. */
static int64_t
charge(struct sts_asker *asker, int64_t start)
{
	int64_t now = sts_link_now();

	asker->credit_ms -= now - start;
	asker->credit_at = now;
	return now - start;
}

/*
 * Until when smtpd stands still for a service that says nothing: with a copy
 * at hand a moment, all of them QUICK_MS; without one as for a look-up, as mail
 * is refused then.
 */
static int64_t
patience(struct sts_asker *asker, int64_t now, bool has_copy)
{
	int64_t wait = credit(asker), until = asker->heard + QUICK_MS;

	if (!has_copy && wait > QUICK_MS)
		until = asker->heard + wait;
	if (has_copy && until > now + QUICK_COPY_MS)
		until = now + QUICK_COPY_MS;
	if (asker->gone || until < now + GONE_MS)
		until = now + GONE_MS;
	return until;
}

/* What the service has in memory. One that is gone is not waited for again. */
static void
ask_now(struct sts_asker *asker, const char *domain, bool has_copy,
    struct sts_route *route)
{
	int64_t now = sts_link_now();
	struct question *q =
	    ask(asker, asker->quick, "route", domain, "now", now + LATE_MS);
	bool gone = q == NULL || !has_copy;

	if (await(asker->quick, q, patience(asker, now, has_copy), route))
		gone = is_reason(route, "service-gone");
	else
		sts_route_read(STS_REPLY_TEMP, "", 0, route);
	if (gone)
		set_gone(asker, true);
	if (!has_copy && sts_link_now() - now > QUICK_COPY_MS)
		charge(asker, now);
}

/* Wait for what is being looked up. False: route is as it was. */
static bool
ask_slow(struct sts_asker *asker, const char *verb, const char *domain,
    const char *how, struct sts_route *route)
{
	int64_t most = credit(asker), start = sts_link_now(), waited;
	struct sts_route found;
	struct question *q = NULL;
	bool known;

	if (most >= LEAST_MS && !asker->gone)
		q = ask(asker, asker->slow, verb, domain, how,
		    start + most + LATE_MS);
	if (q == NULL)
		return false;
	known = await(asker->slow, q, start + most, &found);
	waited = charge(asker, start);
	if (!known) {
		sts_link_reset(asker->slow);
		sts_tell_in_vain(asker->note, domain, waited);
		return false;
	}
	if (found.kind == STS_ROUTE_UNKNOWN && sts_route_is_passing(&found))
		return false;
	*route = found;
	return true;
}

/* False: what is being looked up may be waited for. */
static bool
ask_or_recall(struct sts_asker *asker, const char *domain,
    struct sts_route *route, struct sts_route *copy, bool *has_copy)
{
	int64_t now = sts_link_now();
	bool cold;

	*has_copy = sts_copies_get(asker->copies, domain, now, copy);
	ask_now(asker, domain, *has_copy, route);
	cold = is_reason(route, "not-known");
	if (*has_copy && sts_route_is_passing(route)) {
		*route = *copy;
		cold = cold && copy->kind == STS_ROUTE_ENFORCED;
	}
	if (route->kind == STS_ROUTE_ENFORCED && is_reason(route, "probing"))
		return asker->gone;
	return !cold;
}

void
sts_asker_check(struct sts_asker *asker, const char *domain,
    struct sts_table_result *result)
{
	struct sts_route route, copy;
	bool has_copy;

	if (!ask_or_recall(asker, domain, &route, &copy, &has_copy) &&
	    route.kind == STS_ROUTE_UNKNOWN)
		ask_slow(asker, "policy", domain, "progress", &route);
	result->found = STS_FOUND;
	if (route.kind == STS_ROUTE_NONE)
		result->found = STS_FOUND_NOT;
	if (route.kind != STS_ROUTE_UNKNOWN)
		return;
	result->found = STS_FOUND_ERROR;
	snprintf(
	    result->text, sizeof(result->text), "MTA-STS: %.200s", route.text);
}

/* Of no policy, the host is not told with what is known at once. */
static void
find_mx(struct sts_asker *asker, const char *domain, struct sts_route *route,
    const struct sts_route *copy)
{
	if (copy != NULL && copy->kind == STS_ROUTE_NONE && copy->asked_mx)
		*route = *copy;
	else if (!ask_slow(asker, "route", domain, "mx progress", route))
		*route = (struct sts_route){
		    .kind = STS_ROUTE_UNKNOWN, .text = "not-known"};
}

void
sts_asker_lookup(struct sts_asker *asker, const char *domain,
    struct sts_table_result *result)
{
	struct sts_route route, copy;
	bool has_copy;

	if (!ask_or_recall(asker, domain, &route, &copy, &has_copy) &&
	    !ask_slow(asker, "route", domain, "mx progress", &route) &&
	    has_copy && copy.kind == STS_ROUTE_HOST)
		route = copy;
	if (route.kind == STS_ROUTE_NONE && !route.asked_mx)
		find_mx(asker, domain, &route, has_copy ? &copy : NULL);
	if (is_reason(&route, "probing") || is_reason(&route, "not-known"))
		sts_wanted_add(asker->wanted, domain, sts_link_now());
	else if (route.kind == STS_ROUTE_HOST || route.kind == STS_ROUTE_NONE)
		sts_wanted_drop(asker->wanted, domain);
	/* smtpd looks this up at each attempt, and then alone. */
	if (route.kind == STS_ROUTE_BLOCKED)
		sts_tell_held(asker->tell, domain);
	result->found = STS_FOUND;
	sts_route_value(&route, domain, result->text, sizeof(result->text));
}

void
sts_asker_poll(const struct sts_asker *asker, struct pollfd *p)
{
	sts_link_poll(asker->quick, &p[0]);
	sts_link_poll(asker->slow, &p[1]);
	sts_link_poll(asker->tell, &p[2]);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
sts_asker_next(const struct sts_asker *asker)
{
	return least(
	    least(sts_wanted_next(asker->wanted), sts_link_next(asker->tell)),
	    least(sts_link_next(asker->quick), sts_link_next(asker->slow)));
}

void
sts_asker_run(struct sts_asker *asker, const struct pollfd *p)
{
	int64_t now = sts_link_now();
	const char *domain;
	struct question *q;

	sts_link_run(asker->quick, p[0].revents);
	sts_link_run(asker->slow, p[1].revents);
	sts_link_run(asker->tell, p[2].revents);
	while ((domain = sts_wanted_take(asker->wanted, now)) != NULL) {
		q = ask(
		    asker, asker->quick, "route", domain, "now", now + LATE_MS);
		if (q != NULL)
			q->alone = true;
	}
}
