/* SPDX-License-Identifier: ISC */
#include "rig.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

struct sts_timer {
	struct event *ev;
	void (*fn)(void *arg);
	void *arg;
};

struct sts_address_query {
	struct rig *rig;
	struct event *ev;
	sts_address_cb *cb;
	void *arg;
};

int64_t rig_ahead;
bool rig_still;

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

static int64_t
mono(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + rig_ahead;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct sts_timer copy = *(struct sts_timer *)arg;

	(void)fd;
	(void)what;
	event_free(copy.ev);
	free(arg);
	copy.fn(copy.arg);
}

static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct sts_timer *t = calloc(1, sizeof(*t));
	int64_t left = at - mono(NULL);
	struct timeval tv = {0};

	if (left > 0)
		tv = (struct timeval){left / 1000, left % 1000 * 1000};
	t->fn = fn;
	t->arg = arg;
	t->ev = event_new(ctx, -1, 0, on_timer, t);
	if (!rig_still)
		event_add(t->ev, &tv);
	return t;
}

static void
timer_cancel(void *ctx, struct sts_timer *t)
{
	(void)ctx;
	if (t == NULL)
		return;
	event_free(t->ev);
	free(t);
}

static const struct sts_clock_ops clock_ops = {wall, mono, timer, timer_cancel};

static void
answer(struct rig *rig, sts_address_cb *cb, void *arg)
{
	struct sts_address_answer found = {.status = rig->status};

	if (rig->status == STS_DNS_FOUND) {
		found.addr = rig->addr;
		found.n = rig->n_addr;
	}
	cb(arg, &found);
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct sts_address_query copy = *(struct sts_address_query *)arg;

	(void)fd;
	(void)what;
	event_free(copy.ev);
	free(arg);
	copy.rig->pending--;
	answer(copy.rig, copy.cb, copy.arg);
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct rig *rig = ctx;
	struct sts_address_query *query;
	struct timeval tv = {0};

	(void)deadline;
	rig->lookups++;
	snprintf(rig->asked, sizeof(rig->asked), "%s", host);
	if (rig->when == INSIDE) {
		answer(rig, cb, arg);
		return NULL;
	}
	query = calloc(1, sizeof(*query));
	*query = (struct sts_address_query){rig, NULL, cb, arg};
	query->ev = event_new(rig->base, -1, 0, on_answer, query);
	if (rig->when == LATER)
		event_add(query->ev, &tv);
	rig->pending++;
	return query;
}

static void
lookup_cancel(void *ctx, struct sts_address_query *query)
{
	struct rig *rig = ctx;

	rig->cancels++;
	rig->pending--;
	event_free(query->ev);
	free(query);
}

static const struct sts_addresses_ops addresses_ops = {lookup, lookup_cancel};

struct sts_addresses
rig_addresses(struct rig *rig)
{
	return (struct sts_addresses){&addresses_ops, rig};
}

static void
on_line(void *ctx, enum sts_level level, const char *line)
{
	struct rig *rig = ctx;

	if (level == STS_LOG_DEBUG)
		return;
	if (rig->expect == NULL ||
	    strncmp(line, rig->expect, strlen(rig->expect)) != 0)
		fail_msg("unexpected log line: %s", line);
	rig->lines++;
}

void
rig_resolve(struct rig *rig, const char *const *addresses, size_t n)
{
	rig->n_addr = n;
	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in *in = (void *)&rig->addr[i];
		struct sockaddr_in6 *in6 = (void *)&rig->addr[i];

		memset(&rig->addr[i], 0, sizeof(rig->addr[i]));
		if (inet_pton(AF_INET, addresses[i], &in->sin_addr) == 1)
			in->sin_family = AF_INET;
		else if (inet_pton(AF_INET6, addresses[i], &in6->sin6_addr))
			in6->sin6_family = AF_INET6;
		else
			fail_msg("address %s", addresses[i]);
	}
}

void
rig_open(struct rig *rig, unsigned port)
{
	static const char *const loopback[] = {"127.0.0.1"};

	memset(rig, 0, sizeof(*rig));
	rig_ahead = 0;
	rig_still = false;
	rig->base = event_base_new();
	rig->clock = (struct sts_clock){&clock_ops, rig->base};
	rig->log = (struct sts_log){on_line, rig, STS_LOG_DEBUG};
	rig->status = STS_DNS_FOUND;
	rig->config.ca_file = certs_ca_file();
	rig->config.port = port;
	rig->config.per_address_max = 8;
	sts_guard_allow(&rig->config.guard, sts_str("127.0.0.0/8"));
	rig_resolve(rig, loopback, 1);
}

void
rig_start(struct rig *rig)
{
	assert_int_equal(
	    sts_fetcher_new(rig->base, &rig->config, rig_addresses(rig),
		rig->clock, &rig->log, &rig->fetcher),
	    STS_OK);
}

void
rig_close(struct rig *rig)
{
	sts_fetcher_free(rig->fetcher);
	assert_int_equal(rig->pending, 0);
	event_base_free(rig->base);
}

static void
on_result(void *arg, const struct sts_http_answer *given)
{
	struct result *result = arg;

	result->calls++;
	result->status = given->status;
	result->code = given->code;
	memcpy(result->detail, given->detail, sizeof(result->detail));
	assert_true(given->body.n < sizeof(result->body));
	if (given->body.n > 0)
		memcpy(result->body, given->body.p, given->body.n);
	result->body[given->body.n] = '\0';
	result->n = given->body.n;
	result->ms = mono(NULL) - result->began;
	result->traced = given->trace != NULL;
	if (result->traced)
		result->trace = *given->trace;
}

struct sts_http_request *
rig_get(struct rig *rig, const char *domain, int64_t ms, struct result *result)
{
	struct sts_http http = sts_fetcher_http(rig->fetcher);

	memset(result, 0, sizeof(*result));
	result->began = mono(NULL);
	return http.ops->get(
	    http.ctx, domain, result->began + ms, on_result, result);
}

void
rig_run(struct rig *rig, int64_t ms)
{
	int64_t end = mono(NULL) + ms;

	while (mono(NULL) < end)
		event_base_loop(rig->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

void
rig_wait(struct rig *rig, const struct result *result)
{
	bool late = false;
	struct event *ev = event_new(rig->base, -1, 0, on_alarm, &late);
	struct timeval tv = {30, 0};

	event_add(ev, &tv);
	while (result->calls == 0 && !late)
		event_base_loop(rig->base, EVLOOP_ONCE);
	event_free(ev);
	assert_false(late);
}

void
rig_turn(struct rig *rig)
{
	event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

void
rig_fetch(struct rig *rig, int64_t ms, struct result *result)
{
	rig_get(rig, DOMAIN, ms, result);
	rig_wait(rig, result);
	assert_int_equal(result->calls, 1);
}

struct seen
rig_once(const struct script *script, struct result *result)
{
	struct server *server = server_open(script);
	struct seen seen;
	struct rig rig;

	rig_open(&rig, server_port(server));
	rig_start(&rig);
	rig_fetch(&rig, LONG, result);
	rig_close(&rig);
	seen = server_seen(server);
	server_close(server);
	return seen;
}

int
rig_group_setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	certs_open();
	return 0;
}

int
rig_group_teardown(void **state)
{
	(void)state;
	certs_close();
	return 0;
}
