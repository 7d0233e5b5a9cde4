/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "greet.h"
#include "reply.h"

static void
one_less(struct sts_rd_link *link)
{
	if (--link->greetings == 0)
		sts_rd_link_greeted(link);
}

static void
accepted(void *arg, const redisReply *reply)
{
	struct sts_rd_link *link = arg;

	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_ERROR)
		sts_rd_link_lose(link, reply->str);
	else
		one_less(link);
}

/* Who may not ask for the role is believed, but not with Sentinel: it speaks
 * of a primary that was. */
static bool
is_primary(const struct sts_rd_link *link, const redisReply *reply)
{
	if (sts_rd_is(reply, REDIS_REPLY_ERROR))
		return link->env->url.kind != STS_REDIS_SENTINEL &&
		       (sts_rd_is_error(reply, "NOPERM ") ||
			   sts_rd_is_error(reply, "unknown command"));
	return sts_str_eq(sts_rd_text(sts_rd_item(reply, 0)), "master");
}

static void
told_role(void *arg, const redisReply *reply)
{
	struct sts_rd_link *link = arg;

	if (reply == NULL)
		return;
	if (is_primary(link, reply))
		one_less(link);
	else if (reply->type == REDIS_REPLY_ERROR)
		sts_rd_link_lose(link, reply->str);
	else
		sts_rd_link_lose(link, "not a primary");
}

static bool
ask(struct sts_rd_link *link, const struct sts_str *argv, size_t argc,
    sts_rd_answer_cb *cb)
{
	link->greetings++;
	return sts_rd_link_ask(link, argv, argc, cb, link);
}

static bool
authenticate(struct sts_rd_link *link)
{
	const struct sts_rd_env *env = link->env;
	const struct sts_str argv[] = {sts_str("AUTH"),
	    sts_str(env->user != NULL ? env->user : env->password),
	    sts_str(env->password)};

	return ask(link, argv, env->user != NULL ? 3 : 2, accepted);
}

static bool
choose(struct sts_rd_link *link)
{
	char db[16];
	struct sts_str argv[] = {sts_str("SELECT"), {db, 0}};

	argv[1].n = (size_t)snprintf(db, sizeof(db), "%u", link->env->url.db);
	return ask(link, argv, 2, accepted);
}

bool
sts_rd_greet(struct sts_rd_link *link)
{
	const struct sts_rd_env *env = link->env;
	const struct sts_str role[] = {sts_str("ROLE")};
	const struct sts_str subscribe[] = {sts_str("SUBSCRIBE"),
	    sts_str(link->channel != NULL ? link->channel : "")};

	link->greetings = 0;
	return (env->password == NULL || authenticate(link)) &&
	       (env->url.db == 0 || choose(link)) &&
	       ask(link, role, 1, told_role) &&
	       (link->channel == NULL || ask(link, subscribe, 2, accepted));
}
