/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "sentinel.h"

static void ask_one(struct sts_rd_sentinel *s);

void
sts_rd_sentinel_init(struct sts_rd_sentinel *s, const struct sts_rd_env *env)
{
	s->env = env;
	s->dial.env = env;
}

void
sts_rd_sentinel_stop(struct sts_rd_sentinel *s)
{
	sts_rd_dial_stop(&s->dial);
	sts_rd_cancel(s->env, &s->timer);
	sts_rd_conn_close(s->conn);
	s->conn = NULL;
}

static void
next(struct sts_rd_sentinel *s, const char *reason)
{
	char why[STS_RD_WHY];

	snprintf(why, sizeof(why), "Sentinel %.80s: %.60s",
	    s->env->url.place[s->at].host, reason);
	sts_rd_sentinel_stop(s);
	s->at = (s->at + 1) % s->env->url.n_place;
	if (++s->tried < s->env->url.n_place)
		ask_one(s);
	else
		s->cb(s->arg, NULL, why);
}

static bool
read_place(const redisReply *reply, struct sts_redis_place *place)
{
	const redisReply *host, *port;
	unsigned long number;
	char *end;

	memset(place, 0, sizeof(*place));
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return false;
	host = reply->element[0];
	port = reply->element[1];
	if (!sts_rd_is_string(host) || !sts_rd_is_string(port) ||
	    host->len == 0 || host->len >= sizeof(place->host) ||
	    memchr(host->str, '\0', host->len) != NULL)
		return false;
	number = strtoul(port->str, &end, 10);
	if (number == 0 || number > 65535 || *end != '\0')
		return false;
	memcpy(place->host, host->str, host->len);
	place->port = (unsigned)number;
	return true;
}

static void
answered(void *arg, redisReply *reply)
{
	struct sts_rd_sentinel *s = arg;
	struct sts_redis_place place;
	char why[STS_RD_WHY];

	if (read_place(reply, &place)) {
		sts_rd_sentinel_stop(s);
		s->cb(s->arg, &place, NULL);
	} else if (reply->type == REDIS_REPLY_NIL) {
		next(s, "knows no such primary");
	} else if (reply->type == REDIS_REPLY_ERROR) {
		next(s, sts_str_escape(sts_rd_text(reply), why, sizeof(why)));
	} else {
		next(s, "not an answer of a Sentinel");
	}
}

static void
lost(void *arg, const char *why)
{
	struct sts_rd_sentinel *s = arg;

	s->conn = NULL;
	next(s, why);
}

static void
opened(void *arg)
{
	(void)arg; /* it was when it came */
}

static void
too_late(void *arg)
{
	struct sts_rd_sentinel *s = arg;

	s->timer = NULL;
	next(s, "no answer");
}

static void
dialled(void *arg, struct sts_rd_conn *conn, const char *why)
{
	static const struct sts_rd_conn_events events = {
	    opened, answered, lost};
	struct sts_rd_sentinel *s = arg;
	const struct sts_rd_env *env = s->env;
	const struct sts_str argv[] = {sts_str("SENTINEL"),
	    sts_str("get-master-addr-by-name"), sts_str(env->url.primary)};

	if (conn == NULL) {
		next(s, why);
		return;
	}
	s->conn = conn;
	sts_rd_conn_hand(conn, &events, s);
	s->timer = sts_rd_timer(
	    env, sts_rd_now(env) + env->command_timeout, too_late, s);
	if (s->timer == NULL || !sts_rd_conn_send(conn, argv, 3))
		next(s, "out of memory");
}

static void
ask_one(struct sts_rd_sentinel *s)
{
	sts_rd_dial(&s->dial, &s->env->url.place[s->at], dialled, s);
}

void
sts_rd_sentinel_ask(
    struct sts_rd_sentinel *s, sts_rd_sentinel_cb *cb, void *arg)
{
	s->cb = cb;
	s->arg = arg;
	s->tried = 0;
	ask_one(s);
}
