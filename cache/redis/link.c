/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "greet.h"
#include "link.h"
#include "reply.h"

#define BACKOFF_MIN 100 /* ms */
#define BACKOFF_MAX 30000
#define STEADY      10000 /* up for so long: the back-off begins anew */
#define PING_EVERY  10000

struct sts_rd_command {
	struct sts_rd_command *next;
	int64_t at, at_us;
	sts_rd_answer_cb *cb;
	void *arg;
};

static void dialled(void *arg, struct sts_rd_conn *conn, const char *why);

/* A figure for people, of the real clock. */
static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
sts_rd_link_init(struct sts_rd_link *link, const struct sts_rd_env *env,
    const struct sts_rd_link_ops *ops, void *arg)
{
	*link = (struct sts_rd_link){
	    .env = env, .ops = ops, .arg = arg, .rtt_us = -1};
	link->end = &link->first;
	link->dial.env = env;
	sts_rd_sentinel_init(&link->sentinel, env);
}

static void
show_place(struct sts_rd_link *link, const char *host, unsigned port)
{
	char text[STS_RD_PLACE - 16];

	sts_str_escape(sts_str(host), text, sizeof(text));
	snprintf(link->place, sizeof(link->place), port != 0 ? "%s:%u" : "%s",
	    text, port);
}

static void
found_primary(void *arg, const struct sts_redis_place *place, const char *why)
{
	struct sts_rd_link *link = arg;

	if (place == NULL) {
		sts_rd_link_lose(link, why);
		return;
	}
	show_place(link, place->host, place->port);
	sts_rd_dial(&link->dial, place, dialled, link);
}

static void
attempt(void *arg)
{
	struct sts_rd_link *link = arg;
	const struct sts_redis_url *url = &link->env->url;

	link->retry = NULL;
	switch (url->kind) {
	case STS_REDIS_UNIX:
		show_place(link, url->path, 0);
		sts_rd_dial_unix(&link->dial, url->path, dialled, link);
		break;
	case STS_REDIS_TCP:
		show_place(link, url->place[0].host, url->place[0].port);
		sts_rd_dial(&link->dial, &url->place[0], dialled, link);
		break;
	case STS_REDIS_SENTINEL:
		show_place(link, url->primary, 0);
		sts_rd_sentinel_ask(&link->sentinel, found_primary, link);
		break;
	}
}

/* From half of the back-off to all of it: hosts do not come in step. */
static int64_t
pause(struct sts_rd_link *link)
{
	const struct sts_rd_env *env = link->env;
	int64_t half;

	link->backoff *= 2;
	if (link->backoff < BACKOFF_MIN)
		link->backoff = BACKOFF_MIN;
	if (link->backoff > BACKOFF_MAX)
		link->backoff = BACKOFF_MAX;
	half = link->backoff / 2;
	return half + env->random(env->random_ctx) % (half + 1);
}

/* Answers what waits. Whoever is called may ask anew, in vain. */
static void
drop(struct sts_rd_link *link)
{
	struct sts_rd_command *command, *next = link->first;

	link->first = NULL;
	link->end = &link->first;
	link->waiting = 0;
	while ((command = next) != NULL) {
		next = command->next;
		command->cb(command->arg, NULL);
		free(command);
	}
}

static void
hang_up(struct sts_rd_link *link)
{
	const struct sts_rd_env *env = link->env;

	link->up = false;
	sts_rd_cancel(env, &link->retry);
	sts_rd_cancel(env, &link->overdue);
	sts_rd_cancel(env, &link->ping);
	sts_rd_sentinel_stop(&link->sentinel);
	sts_rd_dial_stop(&link->dial);
	sts_rd_conn_close(link->conn);
	link->conn = NULL;
}

static void
tell_lost(struct sts_rd_link *link, const char *why)
{
	if (link->told || ++link->fails <= link->patience)
		return;
	link->told = true;
	sts_log(link->env->log, STS_LOG_WARNING, "redis-lost",
	    "link=%s redis=\"%s\" reason=\"%s\"", link->name, link->place, why);
}

void
sts_rd_link_lose(struct sts_rd_link *link, const char *why)
{
	const struct sts_rd_env *env = link->env;
	int64_t now = sts_rd_now(env);
	char reason[STS_RD_WHY];

	sts_str_escape(sts_str(why), reason, sizeof(reason));
	if (link->up) {
		link->losses++;
		if (now - link->up_at >= STEADY)
			link->backoff = 0;
	}
	hang_up(link);
	link->retry = sts_rd_timer(env, now + pause(link), attempt, link);
	tell_lost(link, reason);
	drop(link);
	link->ops->down(link->arg, reason);
}

static void
check_overdue(void *arg)
{
	struct sts_rd_link *link = arg;
	const struct sts_rd_env *env = link->env;
	int64_t at;

	link->overdue = NULL;
	if (link->first == NULL)
		return;
	at = link->first->at + env->command_timeout;
	if (sts_rd_now(env) >= at)
		sts_rd_link_lose(link, "no answer");
	else
		link->overdue = sts_rd_timer(env, at, check_overdue, link);
}

/* A command that is not queued must not be sent either: answers are told
 * apart by their order. */
static struct sts_rd_command *
make_command(struct sts_rd_link *link, sts_rd_answer_cb *cb, void *arg)
{
	const struct sts_rd_env *env = link->env;
	struct sts_rd_command *command = calloc(1, sizeof(*command));
	int64_t now = sts_rd_now(env);

	if (command != NULL && link->overdue == NULL)
		link->overdue = sts_rd_timer(
		    env, now + env->command_timeout, check_overdue, link);
	if (command == NULL || link->overdue == NULL) {
		free(command);
		return NULL;
	}
	*command = (struct sts_rd_command){NULL, now, now_us(), cb, arg};
	return command;
}

bool
sts_rd_link_ask(struct sts_rd_link *link, const struct sts_str *argv,
    size_t argc, sts_rd_answer_cb *cb, void *arg)
{
	struct sts_rd_command *command = make_command(link, cb, arg);

	if (command == NULL || !sts_rd_conn_send(link->conn, argv, argc)) {
		free(command);
		return false;
	}
	*link->end = command;
	link->end = &command->next;
	link->waiting++;
	link->commands++;
	link->spoke_at = command->at;
	return true;
}

bool
sts_rd_link_send(struct sts_rd_link *link, const struct sts_str *argv,
    size_t argc, sts_rd_answer_cb *cb, void *arg)
{
	return link->up && link->waiting < STS_RD_WAITING_MAX &&
	       sts_rd_link_ask(link, argv, argc, cb, arg);
}

static void
ponged(void *arg, const redisReply *reply)
{
	(void)arg;
	(void)reply; /* any answer will do */
}

/* A connection that was cut off silently is found out before it is needed. */
static void
ping(void *arg)
{
	struct sts_rd_link *link = arg;
	const struct sts_str argv[] = {sts_str("PING")};
	int64_t now = sts_rd_now(link->env);

	link->ping = sts_rd_timer(link->env, now + PING_EVERY, ping, link);
	if (now - link->spoke_at >= PING_EVERY)
		sts_rd_link_send(link, argv, 1, ponged, NULL);
}

void
sts_rd_link_greeted(struct sts_rd_link *link)
{
	const struct sts_rd_env *env = link->env;

	link->up = true;
	link->up_at = sts_rd_now(env);
	link->connects++;
	link->fails = 0;
	link->ping = sts_rd_timer(env, link->up_at + PING_EVERY, ping, link);
	if (link->told)
		sts_log(env->log, STS_LOG_INFO, "redis-back",
		    "link=%s redis=\"%s\"", link->name, link->place);
	link->told = false;
	link->ops->up(link->arg);
}

/* Whom such an answer comes from is of no use, or not the primary. */
static bool
is_useless(const redisReply *reply)
{
	return sts_rd_is_error(reply, "READONLY ") ||
	       sts_rd_is_error(reply, "LOADING ") ||
	       sts_rd_is_error(reply, "MASTERDOWN ") ||
	       sts_rd_is_error(reply, "NOAUTH ");
}

static void
replied(void *arg, redisReply *reply)
{
	struct sts_rd_link *link = arg;
	struct sts_rd_command *command = link->first;
	struct sts_rd_conn *conn = link->conn;

	if (link->channel != NULL && link->up &&
	    sts_str_eq(sts_rd_text(sts_rd_item(reply, 0)), "message")) {
		link->ops->message(link->arg, reply);
		return;
	}
	if (command == NULL) {
		sts_rd_link_lose(link, reply->type == REDIS_REPLY_ERROR
					   ? reply->str
					   : "an answer to no question");
		return;
	}
	link->first = command->next;
	if (link->first == NULL)
		link->end = &link->first;
	link->waiting--;
	link->rtt_us = now_us() - command->at_us;
	command->cb(command->arg, reply);
	free(command);
	if (link->conn == conn && is_useless(reply))
		sts_rd_link_lose(link, reply->str);
}

static void
lost(void *arg, const char *why)
{
	struct sts_rd_link *link = arg;

	link->conn = NULL;
	sts_rd_link_lose(link, why);
}

static void
opened(void *arg)
{
	(void)arg; /* it was when it came */
}

static void
dialled(void *arg, struct sts_rd_conn *conn, const char *why)
{
	static const struct sts_rd_conn_events events = {opened, replied, lost};
	struct sts_rd_link *link = arg;

	if (conn == NULL) {
		sts_rd_link_lose(link, why);
		return;
	}
	link->conn = conn;
	sts_rd_conn_hand(conn, &events, link);
	if (!sts_rd_greet(link))
		sts_rd_link_lose(link, "out of memory");
}

bool
sts_rd_link_start(struct sts_rd_link *link)
{
	if (!link->started)
		link->retry = sts_rd_timer(
		    link->env, sts_rd_now(link->env), attempt, link);
	link->started = link->started || link->retry != NULL;
	return link->started;
}

void
sts_rd_link_stop(struct sts_rd_link *link)
{
	hang_up(link);
	drop(link);
	link->started = false;
	link->told = false;
	link->fails = 0;
	link->backoff = 0;
}
