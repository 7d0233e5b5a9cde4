/* SPDX-License-Identifier: ISC */
#include "world.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct sts_dns_query {
	sts_dns_cb *cb;
	void *arg;
};

static void
answer(struct world *w, sts_dns_cb *cb, void *arg)
{
	struct sts_str rr = sts_str(w->record);
	struct sts_dns_answer found = {
	    .status = w->dns, .ttl = w->ttl, .txt = {&rr, 1}};

	if (w->dns != STS_DNS_FOUND)
		found.txt.n = 0;
	cb(arg, &found);
}

static struct sts_dns_query *
txt(void *ctx, const char *name, int64_t deadline, sts_dns_cb *cb, void *arg)
{
	struct world *w = ctx;
	struct sts_dns_query *query;

	assert_true(deadline > w->f.mono);
	assert_memory_equal(name, "_smtp._tls.", 11);
	w->queries++;
	if (!w->held) {
		answer(w, cb, arg);
		return NULL;
	}
	assert_true(w->n_query < 8);
	query = malloc(sizeof(*query));
	*query = (struct sts_dns_query){cb, arg};
	w->query[w->n_query++] = query;
	return query;
}

static void
cancel(void *ctx, struct sts_dns_query *query)
{
	struct world *w = ctx;
	size_t i;

	for (i = 0; w->query[i] != query; i++)
		assert_true(i + 1 < w->n_query);
	w->query[i] = w->query[--w->n_query];
	free(query);
}

void
world_answer(struct world *w)
{
	struct sts_dns_query query;

	while (w->n_query > 0) {
		query = *w->query[--w->n_query];
		free(w->query[w->n_query]);
		answer(w, query.cb, query.arg);
	}
}

void
world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	fixture_init(&w->f, MEMORY);
	snprintf(w->path, sizeof(w->path), "%s/collectd.sock", w->f.dir);
	w->dns = STS_DNS_FOUND;
	w->record = RECORD;
	w->ttl = 300;
	w->fd = -1;
	sts_collectd_defaults(&w->config);
	w->config.path = w->path;
}

static struct sts_timer *
timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct world *w = ctx;

	return w->no_timer
		   ? NULL
		   : fixture_clock(&w->f).ops->timer(&w->f, at, fn, arg);
}

void
world_start(struct world *w)
{
	static const struct sts_dns_ops ops = {.txt = txt, .cancel = cancel};

	w->clock = *fixture_clock(&w->f).ops;
	w->clock.timer = timer;
	w->collectd = sts_collectd_new(w->f.base, (struct sts_dns){&ops, w},
	    (struct sts_clock){&w->clock, w}, &w->f.log, &w->config);
	assert_non_null(w->collectd);
}

void
world_close(struct world *w)
{
	sts_collectd_free(w->collectd);
	assert_null(w->f.timers);
	assert_int_equal(w->n_query, 0);
	if (w->fd >= 0)
		world_leave(w);
	fixture_fini(&w->f);
}

void
world_listen(struct world *w)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	memcpy(addr.sun_path, w->path, strlen(w->path) + 1);
	w->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(w->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
}

void
world_leave(struct world *w)
{
	close(w->fd);
	unlink(w->path);
	w->fd = -1;
}

const char *
world_read(struct world *w)
{
	static char text[GRAM];
	ssize_t n = recv(w->fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

void
world_turn(struct world *w)
{
	event_base_loop(w->f.base, EVLOOP_NONBLOCK);
	turn(&w->f, 1);
}

void
world_expect(struct world *w, const char *text)
{
	const char *got = world_read(w);

	if (text == NULL) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, text);
}

struct sts_collectd_stats
world_stats(const struct world *w)
{
	struct sts_collectd_stats stats;

	sts_collectd_stats(w->collectd, &stats);
	return stats;
}
