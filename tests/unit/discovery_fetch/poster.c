/* SPDX-License-Identifier: ISC */
#include "poster.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

void
poster_on_sent(void *arg, enum sts_sent result, const char *why)
{
	struct sent *sent = arg;

	sent->calls++;
	sent->result = result;
	snprintf(sent->why, sizeof(sent->why), "%s", why);
}

static int64_t
in(struct rig *rig, int64_t ms)
{
	return rig->clock.ops->mono(rig->clock.ctx) + ms;
}

struct sts_send *
poster_post(struct rig *rig, const char *url, struct sts_str gzip, int64_t ms,
    struct sent *sent)
{
	struct sts_sending way = sts_post_sending(rig->fetcher);

	memset(sent, 0, sizeof(*sent));
	return way.ops->post(
	    way.ctx, url, gzip, in(rig, ms), poster_on_sent, sent);
}

void
poster_cancel(struct rig *rig, struct sts_send *send)
{
	struct sts_sending way = sts_post_sending(rig->fetcher);

	way.ops->cancel(way.ctx, send);
}

void
poster_wait(struct rig *rig, struct sent *sent)
{
	int64_t began = in(rig, 0);

	while (sent->calls == 0 && in(rig, -20000) < began)
		event_base_loop(rig->base, EVLOOP_ONCE);
	sent->ms = in(rig, -began);
	assert_int_equal(sent->calls, 1);
}

void
assert_sent(const struct sent *sent, enum sts_sent result, const char *why)
{
	assert_string_equal(sent->why, why);
	assert_int_equal(sent->result, result);
	assert_int_equal(sent->calls, 1);
}

struct seen
poster_once(const struct script *script, struct sts_str gzip, struct sent *sent)
{
	struct server *server = server_open(script);
	struct seen seen;
	struct rig rig;

	rig_open(&rig, server_port(server));
	rig_start(&rig);
	poster_post(&rig, URL, gzip, LONG, sent);
	poster_wait(&rig, sent);
	rig_close(&rig);
	seen = server_seen(server);
	server_close(server);
	return seen;
}
