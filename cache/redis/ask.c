/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "impl.h"
#include "reply.h"

#define TELL_EVERY 60000 /* ms */

/* Outlives its deadline: the answer is still to come, in its turn. */
struct question {
	struct sts_redis *redis;
	struct sts_timer *timer; /* NULL: it is past */
	sts_rd_answer_cb *cb;
	void *arg;
};

static void
too_late(void *arg)
{
	struct question *q = arg;

	q->timer = NULL;
	q->redis->late++;
	q->cb(q->arg, NULL);
}

static void
answered(void *arg, const redisReply *reply)
{
	struct question *q = arg;
	struct sts_redis *redis = q->redis;

	if (q->timer == NULL) {
		redis->late--;
	} else {
		sts_rd_cancel(&redis->env, &q->timer);
		q->cb(q->arg, reply);
	}
	free(q);
}

bool
sts_rd_ask(struct sts_redis *redis, const struct sts_str *argv, size_t argc,
    int64_t deadline, sts_rd_answer_cb *cb, void *arg)
{
	const struct sts_rd_env *env = &redis->env;
	struct question *q;

	if (!redis->link.up || redis->late > 0 || deadline <= sts_rd_now(env) ||
	    (q = malloc(sizeof(*q))) == NULL)
		return false;
	*q = (struct question){redis, NULL, cb, arg};
	q->timer = sts_rd_timer(env, deadline, too_late, q);
	if (q->timer != NULL &&
	    sts_rd_link_send(&redis->link, argv, argc, answered, q))
		return true;
	sts_rd_cancel(env, &q->timer);
	free(q);
	return false;
}

bool
sts_rd_tell(struct sts_redis *redis, const struct sts_str *argv, size_t argc,
    sts_rd_answer_cb *cb)
{
	return redis->late == 0 &&
	       sts_rd_link_send(&redis->link, argv, argc, cb, redis);
}

bool
sts_rd_may_tell(const struct sts_redis *redis, struct sts_rd_told *told)
{
	int64_t now = sts_rd_now(&redis->env);

	if (now < told->next) {
		told->others++;
		return false;
	}
	told->next = now + TELL_EVERY;
	return true;
}

void
sts_rd_odd(struct sts_redis *redis, const char *what, const redisReply *reply)
{
	char text[STS_RD_WHY];

	if (reply->type != REDIS_REPLY_ERROR) {
		sts_rd_link_lose(&redis->link, "an answer of another type");
		return;
	}
	if (!sts_rd_may_tell(redis, &redis->errors))
		return;
	sts_log(redis->env.log, STS_LOG_WARNING, "redis-error",
	    "command=%s error=\"%s\" others=%llu", what,
	    sts_str_escape(sts_rd_text(reply), text, sizeof(text)),
	    (unsigned long long)redis->errors.others);
	redis->errors.others = 0;
}
