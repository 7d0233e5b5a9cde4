/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "impl.h"
#include "reply.h"

#define SURVEY_EVERY 60000 /* ms */

static void
counted(void *arg, const redisReply *reply)
{
	struct sts_redis *redis = arg;

	if (sts_rd_is(reply, REDIS_REPLY_INTEGER))
		redis->stats.keys = (uint64_t)reply->integer;
}

/* A store that throws out what lives sends its readers to the policy hosts:
 * worth to be told. */
static void
evictions(void *arg, const redisReply *reply)
{
	static const char name[] = "evicted_keys:";
	struct sts_redis *redis = arg;
	uint64_t before = redis->stats.evicted, now;
	const char *at;

	if (!sts_rd_is_string(reply) || (at = strstr(reply->str, name)) == NULL)
		return;
	now = strtoull(at + sizeof(name) - 1, NULL, 10);
	redis->stats.evicted = now;
	if (redis->surveyed && now > before)
		sts_log(redis->env.log, STS_LOG_WARNING, "redis-evicts",
		    "keys=%llu advice=\"maxmemory-policy noeviction\"",
		    (unsigned long long)(now - before));
	redis->surveyed = true;
}

static void
survey(void *arg)
{
	struct sts_redis *redis = arg;
	const struct sts_rd_env *env = &redis->env;
	const struct sts_str info[] = {sts_str("INFO"), sts_str("stats")};
	const struct sts_str size[] = {sts_str("DBSIZE")};

	sts_rd_tell(redis, info, 2, evictions);
	sts_rd_tell(redis, size, 1, counted);
	redis->survey =
	    sts_rd_timer(env, sts_rd_now(env) + SURVEY_EVERY, survey, redis);
}

void
sts_rd_survey_start(struct sts_redis *redis)
{
	redis->surveyed = false;
	survey(redis);
}

void
sts_rd_survey_stop(struct sts_redis *redis)
{
	sts_rd_cancel(&redis->env, &redis->survey);
}
