/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_ENV_H
#define STS_RD_ENV_H

#include "sts/redis.h"
#include "sts/redis_url.h"
#include "sts/seal.h"

#define STS_RD_WHY   160 /* octets of a reason, escaped */
#define STS_RD_PLACE 300 /* of a place, escaped */

/* What every part needs; read only once it is made. */
struct sts_rd_env {
	struct event_base *base;
	struct sts_clock clock;
	const struct sts_log *log;
	struct sts_addresses addresses;
	uint32_t (*random)(void *ctx);
	void *random_ctx;
	struct sts_redis_url url;
	char *user, *password;
	struct ssl_ctx_st *tls; /* NULL: in the clear */
	int64_t connect_timeout, command_timeout;
};

static inline int64_t
sts_rd_now(const struct sts_rd_env *env)
{
	return env->clock.ops->mono(env->clock.ctx);
}

static inline struct sts_timer *
sts_rd_timer(
    const struct sts_rd_env *env, int64_t at, void (*fn)(void *arg), void *arg)
{
	return env->clock.ops->timer(env->clock.ctx, at, fn, arg);
}

/* *timer may be NULL, and is afterwards. */
static inline void
sts_rd_cancel(const struct sts_rd_env *env, struct sts_timer **timer)
{
	env->clock.ops->cancel(env->clock.ctx, *timer);
	*timer = NULL;
}

#endif
