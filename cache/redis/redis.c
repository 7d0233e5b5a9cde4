/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "tls.h"

struct sts_str
sts_rd_key(const struct sts_redis *redis, char kind, struct sts_str key,
    char buf[STS_RD_KEY_SIZE])
{
	size_t n = strlen(redis->prefix);

	if (key.n > STS_STORE_KEY_MAX)
		return sts_str("");
	memcpy(buf, redis->prefix, n);
	buf[n++] = kind;
	buf[n++] = ':';
	memcpy(buf + n, key.p, key.n);
	return (struct sts_str){buf, n + key.n};
}

static void
up(void *arg)
{
	struct sts_redis *redis = arg;

	snprintf(redis->state, sizeof(redis->state), "ok");
	sts_rd_survey_start(redis);
	if (redis->changed != NULL)
		sts_rd_link_start(&redis->watch);
}

static void
down(void *arg, const char *why)
{
	struct sts_redis *redis = arg;

	snprintf(redis->state, sizeof(redis->state), "local only: %s", why);
	sts_rd_survey_stop(redis);
	sts_rd_link_stop(&redis->watch);
}

static const struct sts_rd_link_ops link_ops = {up, down, NULL};

static bool
copy_text(char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

/* Who holds the leases of this process, and says what it has changed. */
static void
make_token(struct sts_redis *redis, const char *host)
{
	const struct sts_rd_env *env = &redis->env;
	size_t i;

	for (i = 0; i < STS_RD_TOKEN; i += 8)
		snprintf(redis->token + i, 9, "%08lx",
		    (unsigned long)env->random(env->random_ctx));
	snprintf(redis->holder, sizeof(redis->holder), "%s %.*s", redis->token,
	    STS_RD_HOST_MAX, host != NULL ? host : "");
}

static enum sts_err
open_tls(struct sts_redis *redis, const struct sts_redis_config *config)
{
	enum sts_err err;
	const char *why;

	if (!config->url->tls)
		return STS_OK;
	err = sts_rd_tls_open(config->ca_file, config->cert_file,
	    config->key_file, &redis->env.tls, &why);
	if (err == STS_EINVAL)
		sts_log(redis->env.log, STS_LOG_ERROR, "redis-tls",
		    "error=\"cannot use %s\"", why);
	return err;
}

static enum sts_err
configure(struct sts_redis *redis, const struct sts_redis_config *config)
{
	struct sts_rd_env *env = &redis->env;
	const char *prefix = config->prefix != NULL ? config->prefix : "";

	if (strlen(prefix) > STS_RD_PREFIX_MAX)
		return STS_EINVAL;
	env->url = *config->url;
	env->connect_timeout = config->connect_timeout;
	env->command_timeout = config->command_timeout;
	redis->sealer = sts_sealer_new(config->secrets);
	snprintf(redis->prefix, sizeof(redis->prefix), "%s", prefix);
	snprintf(redis->channel, sizeof(redis->channel), "%schanged", prefix);
	snprintf(redis->state, sizeof(redis->state),
	    "local only: not connected yet");
	if (redis->sealer == NULL || !copy_text(&env->user, config->user) ||
	    !copy_text(&env->password, config->password))
		return STS_ENOMEM;
	make_token(redis, config->host);
	return open_tls(redis, config);
}

static void
forget(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void
sts_redis_close(struct sts_redis *redis)
{
	if (redis == NULL)
		return;
	redis->changed = NULL;
	sts_rd_survey_stop(redis);
	sts_rd_link_stop(&redis->watch);
	sts_rd_link_stop(&redis->link);
	sts_rd_tls_close(redis->env.tls);
	forget(redis->env.password);
	free(redis->env.user);
	sts_sealer_free(redis->sealer);
	free(redis);
}

static void
init_links(struct sts_redis *redis)
{
	sts_rd_link_init(&redis->link, &redis->env, &link_ops, redis);
	redis->link.name = "data";
	sts_rd_link_init(&redis->watch, &redis->env, &sts_rd_watch_ops, redis);
	redis->watch.name = "watch";
	redis->watch.channel = redis->channel;
	/* It is lost with the other one, which may hear of it later. */
	redis->watch.patience = 1;
}

enum sts_err
sts_redis_open(struct event_base *base, const struct sts_redis_config *config,
    struct sts_addresses addresses, struct sts_clock clock,
    const struct sts_log *log, uint32_t (*random)(void *ctx), void *random_ctx,
    struct sts_redis **out)
{
	struct sts_redis *redis = calloc(1, sizeof(*redis));
	enum sts_err err;

	if (redis == NULL)
		return STS_ENOMEM;
	redis->env = (struct sts_rd_env){.base = base,
	    .clock = clock,
	    .log = log,
	    .addresses = addresses,
	    .random = random,
	    .random_ctx = random_ctx};
	init_links(redis);
	err = configure(redis, config);
	if (err == STS_OK && !sts_rd_link_start(&redis->link))
		err = STS_ENOMEM;
	if (err == STS_OK)
		*out = redis;
	else
		sts_redis_close(redis);
	return err;
}

struct sts_shared
sts_redis_shared(struct sts_redis *redis)
{
	return (struct sts_shared){&sts_rd_shared_ops, redis};
}

enum sts_err
sts_redis_use_secrets(
    struct sts_redis *redis, const struct sts_secrets *secrets)
{
	struct sts_sealer *sealer = sts_sealer_new(secrets);

	if (sealer == NULL)
		return STS_ENOMEM;
	sts_sealer_free(redis->sealer);
	redis->sealer = sealer;
	return STS_OK;
}

void
sts_redis_use(struct sts_redis *redis, struct sts_addresses addresses)
{
	redis->env.addresses = addresses;
}
