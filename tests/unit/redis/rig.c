/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rig.h"

struct sts_timer {
	struct sts_timer *next;
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
};

const struct sts_secrets rig_secrets = {{{1, 2, 3}}, 1};
const struct sts_secrets rig_other_secrets = {{{3, 2, 1}}, 1};

int64_t
rig_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
rig_wall(struct rig *rig)
{
	return (int64_t)time(NULL) + rig->ahead;
}

static int64_t
wall(void *ctx)
{
	return rig_wall(ctx);
}

static int64_t
mono(void *ctx)
{
	return ((struct rig *)ctx)->mono;
}

static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct rig *rig = ctx;
	struct sts_timer *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	*t = (struct sts_timer){rig->timers, at, fn, arg};
	rig->timers = t;
	return t;
}

static void
cancel(void *ctx, struct sts_timer *t)
{
	struct rig *rig = ctx;
	struct sts_timer **at;

	if (t == NULL)
		return;
	for (at = &rig->timers; *at != t; at = &(*at)->next)
		assert_non_null(*at);
	*at = t->next;
	free(t);
}

static const struct sts_clock_ops clock_ops = {wall, mono, timer, cancel};

/* Fires what is due, the first first. */
static void
fire(struct rig *rig)
{
	struct sts_timer **at, *t, **due;

	for (;;) {
		due = NULL;
		for (at = &rig->timers; *at != NULL; at = &(*at)->next)
			if ((*at)->at <= rig->mono &&
			    (due == NULL || (*at)->at <= (*due)->at))
				due = at;
		if (due == NULL)
			return;
		t = *due;
		*due = t->next;
		t->fn(t->arg);
		free(t);
	}
}

/* Millisecond by millisecond: a timer may be set by one that fires. */
void
rig_turn(struct rig *rig, int64_t ms)
{
	int64_t end = rig->mono + ms, first;
	struct sts_timer *t;

	while (rig->mono < end) {
		first = end;
		for (t = rig->timers; t != NULL; t = t->next)
			if (t->at < first)
				first = t->at;
		if (first > rig->mono)
			rig->mono = first;
		fire(rig);
	}
}

static void
write_log(void *ctx, enum sts_level level, const char *line)
{
	struct rig *rig = ctx;

	(void)level;
	assert_true(rig->n_lines < LINES_MAX);
	rig->lines[rig->n_lines++] = strdup(line);
}

void
rig_took(struct rig *rig, const char *word, const char *text)
{
	if (rig->n_lines == 0)
		fail_msg("no log line, %s with %s was expected", word, text);
	if (strncmp(rig->lines[0], word, strlen(word)) != 0 ||
	    strstr(rig->lines[0], text) == NULL)
		fail_msg("log line \"%s\" is not %s with %s", rig->lines[0],
		    word, text);
	free(rig->lines[0]);
	rig->n_lines--;
	memmove(
	    rig->lines, rig->lines + 1, rig->n_lines * sizeof(rig->lines[0]));
}

static struct sts_address_query *
lookup(void *ctx, const char *host, int64_t deadline, sts_address_cb *cb,
    void *arg)
{
	struct rig *rig = ctx;
	struct sockaddr_storage addr[2] = {0};
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addr[0];
	struct sockaddr_in *v4 = (struct sockaddr_in *)&addr[1];
	struct sts_address_answer answer = {
	    .status = STS_DNS_FOUND, .addr = addr, .n = 2};

	(void)host;
	assert_true(deadline > rig->mono);
	rig->lookups++;
	v6->sin6_family = AF_INET6;
	v6->sin6_addr = in6addr_loopback;
	v4->sin_family = AF_INET;
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!rig->v6_first) {
		answer.addr = &addr[1];
		answer.n = 1;
	}
	if (rig->no_name)
		answer = (struct sts_address_answer){.status = STS_DNS_ABSENT};
	cb(arg, &answer);
	return NULL;
}

static void
no_cancel(void *ctx, struct sts_address_query *query)
{
	(void)ctx;
	(void)query;
	fail_msg("nothing to cancel");
}

static uint32_t
next_random(void *ctx)
{
	struct rig *rig = ctx;

	return rig->random = rig->random * 1664525 + 1013904223;
}

struct sts_redis *
rig_open(struct rig *rig, const char *url, const struct sts_redis_config *given)
{
	static const struct sts_addresses_ops ops = {lookup, no_cancel};
	const struct sts_clock clock = {&clock_ops, rig};
	struct sts_redis_config config = {.secrets = &rig_secrets};
	struct sts_redis_url parsed;
	struct sts_redis *redis = NULL;
	const char *why = "";

	if (given != NULL)
		config = *given;
	if (config.secrets == NULL)
		config.secrets = &rig_secrets;
	if (config.host == NULL)
		config.host = "mx1.example.org";
	if (config.prefix == NULL)
		config.prefix = "stsgate:1:";
	config.connect_timeout = 1000;
	config.command_timeout = 1000;
	if (sts_redis_url_parse(url, &parsed, &why) != STS_OK)
		fail_msg("%s: %s", url, why);
	config.url = &parsed;
	assert_int_equal(sts_redis_open(rig->base, &config,
			     (struct sts_addresses){&ops, rig}, clock,
			     &rig->log, next_random, rig, &redis),
	    STS_OK);
	return redis;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
rig_init(struct rig *rig)
{
	const struct timeval every = {0, 2000};

	signal(SIGPIPE, SIG_IGN);
	memset(rig, 0, sizeof(*rig));
	rig->mono = MONO_START;
	rig->random = (uint32_t)getpid();
	rig->log = (struct sts_log){write_log, rig, STS_LOG_INFO};
	rig->base = event_base_new();
	assert_non_null(rig->base);
	rig->tick = event_new(rig->base, -1, EV_PERSIST, on_tick, NULL);
	event_add(rig->tick, &every);
}

void
rig_fini(struct rig *rig)
{
	if (rig->n_lines > 0)
		fail_msg("unexpected log line: %s", rig->lines[0]);
	assert_null(rig->timers);
	event_free(rig->tick);
	event_base_free(rig->base);
}

void
rig_step(struct rig *rig, const char *what, int line)
{
	event_base_loop(rig->base, EVLOOP_ONCE);
	fire(rig);
	if (rig_ms() - rig->since > 10000)
		fail_msg("line %d: waited in vain for %s (log: %s)", line, what,
		    rig->n_lines > 0 ? rig->lines[0] : "");
}

const char *
state_of(struct sts_redis *redis)
{
	struct sts_shared shared = sts_redis_shared(redis);

	return shared.ops->state(shared.ctx);
}

void
await_state(struct rig *rig, struct sts_redis *redis, const char *state)
{
	int64_t since = rig_ms();

	while (strcmp(state_of(redis), state) != 0) {
		rig->since = since;
		rig_step(rig, state, 0);
		if (rig_ms() - since > 10) /* a back-off, or a deadline */
			rig_turn(rig, 20);
	}
}
