/* SPDX-License-Identifier: ISC */
#ifndef STS_REDIS_H
#define STS_REDIS_H

#include "sts/addresses.h"
#include "sts/clock.h"
#include "sts/log.h"
#include "sts/shared.h"

struct event_base;
struct sts_redis;
struct sts_secrets;
struct sts_redis_url;

/* Text is NULL where there is none; all is copied. Times are milliseconds. */
struct sts_redis_config {
	const struct sts_redis_url *url;
	const char *user, *password;
	const char *prefix; /* of every key: "stsgate:1:" */
	const char *ca_file, *cert_file, *key_file; /* rediss:// */
	const struct sts_secrets *secrets;
	int64_t connect_timeout; /* 1000 */
	int64_t command_timeout; /* no answer: the connection is given up: 1000
				  */
	const char *host;        /* who we are, as shown to people */
};

/*
 * Connects in the background, and again after each loss, with a back-off of
 * 0.1 to 30 s and jitter. Names are looked up by addresses. STS_EINVAL: this
 * build cannot do what the URL asks for (TLS); STS_ENOMEM.
 */
enum sts_err sts_redis_open(struct event_base *base,
    const struct sts_redis_config *config, struct sts_addresses addresses,
    struct sts_clock clock, const struct sts_log *log,
    uint32_t (*random)(void *ctx), void *random_ctx, struct sts_redis **out);
/* What waits is answered FAILED or NONE. Not from a callback. */
void sts_redis_close(struct sts_redis *redis);
struct sts_shared sts_redis_shared(struct sts_redis *redis);

/* From now on the first of these signs, and each is believed. STS_ENOMEM. */
enum sts_err sts_redis_use_secrets(
    struct sts_redis *redis, const struct sts_secrets *secrets);
/* Names are looked up by this from now on. */
void sts_redis_use(struct sts_redis *redis, struct sts_addresses addresses);

#endif
