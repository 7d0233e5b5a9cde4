/* SPDX-License-Identifier: ISC */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The clock of the loop, without the service. */
struct sts_timer {
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

int64_t
rig_mono(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
fire(evutil_socket_t fd, short what, void *arg)
{
	struct sts_timer timer = *(struct sts_timer *)arg;

	(void)fd;
	(void)what;
	event_free(timer.event);
	free(arg);
	timer.fn(timer.arg);
}

static struct sts_timer *
set_timer(void *ctx, int64_t at, void (*fn)(void *), void *arg)
{
	struct sts_timer *timer = malloc(sizeof(*timer));
	int64_t left = at - rig_mono(NULL);
	struct timeval wait = {0, 0};

	if (left > 0) {
		wait.tv_sec = left / 1000;
		wait.tv_usec = left % 1000 * 1000;
	}
	timer->fn = fn;
	timer->arg = arg;
	timer->event = evtimer_new(ctx, fire, timer);
	evtimer_add(timer->event, &wait);
	return timer;
}

static void
forget_timer(void *ctx, struct sts_timer *timer)
{
	(void)ctx;
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct sts_clock_ops clock_ops = {
    wall, rig_mono, set_timer, forget_timer};

/* Addresses that a test gives, inside the call. */
static struct sockaddr_storage found[8];
static size_t n_found;
enum sts_dns_status rig_dns;

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct sts_address_answer answer = {
	    .status = rig_dns, .addr = found, .n = n_found};

	(void)ctx;
	(void)deadline;
	assert_string_equal(host, HOST);
	cb(arg, &answer);
	return NULL;
}

static void
no_cancel(void *ctx, struct sts_address_query *query)
{
	(void)ctx;
	(void)query;
	fail();
}

static const struct sts_addresses_ops address_ops = {lookup, no_cancel};

static struct event_base *base;
struct sts_prober *rig_prober;
bool rig_patient;

int
rig_setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as stsgated does */
	certs_open();
	return 0;
}

int
rig_teardown(void **state)
{
	(void)state;
	certs_close();
	return 0;
}

void
rig_open(unsigned port, size_t total, size_t per_address, bool guarded)
{
	struct sts_probe_config config = {.ca_file = certs_ca_file(),
	    .helo = "sender.example",
	    .total_max = total,
	    .per_address_max = per_address,
	    .port = port,
	    .patient = rig_patient};

	if (!guarded)
		assert_int_equal(
		    sts_guard_allow(&config.guard, sts_str("127.0.0.0/8")),
		    STS_OK);
	base = event_base_new();
	assert_int_equal(
	    sts_prober_new(base, &config,
		(struct sts_addresses){&address_ops, NULL},
		(struct sts_clock){&clock_ops, base}, NULL, &rig_prober),
	    STS_OK);
}

void
rig_resolve(const char *const *text, size_t n)
{
	rig_dns = STS_DNS_FOUND;
	n_found = n;
	memset(found, 0, sizeof(found));
	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in *in = (struct sockaddr_in *)&found[i];

		in->sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text[i], &in->sin_addr), 1);
	}
}

void
rig_keep(void *arg, const struct sts_probe_answer *answer)
{
	struct got *got = arg;

	got->calls++;
	got->status = answer->status;
	snprintf(got->result, sizeof(got->result), "%s", answer->result);
	snprintf(got->detail, sizeof(got->detail), "%s", answer->detail);
	got->addr = answer->addr;
	got->saw = answer->seen != NULL;
	if (!got->saw)
		return;
	assert_memory_equal(answer->seen->tls, "TLSv1", 5);
	snprintf(
	    got->names, sizeof(got->names), "%s", answer->seen->cert.names);
	got->n_chain = answer->seen->n_chain;
	got->n_key = answer->seen->chain[0].der[1].n;
}

void
rig_wait(const struct got *got)
{
	while (got->calls == 0)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

void
rig_close(void)
{
	sts_prober_free(rig_prober);
	event_base_free(base);
}

void
rig_probe(int64_t ms, struct got *got)
{
	memset(got, 0, sizeof(*got));
	sts_probe(rig_prober, HOST, rig_mono(NULL) + ms, rig_keep, got);
	rig_wait(got);
	assert_int_equal(got->calls, 1);
}

/* One server, one probe. */
struct mx_seen
rig_once(const struct mx_script *script, int64_t ms, struct got *got)
{
	static const char *const here[] = {"127.0.0.1"};
	struct mx *mx = mx_open(script, 0);
	struct mx_seen seen;

	rig_resolve(here, 1);
	rig_open(mx_port(mx), 8, 8, false);
	rig_probe(ms, got);
	rig_close();
	if (got->status == STS_PROBE_GOOD)
		assert_true(mx_heard(mx, "QUIT\r\n"));
	seen = mx_seen(mx);
	mx_close(mx);
	return seen;
}
