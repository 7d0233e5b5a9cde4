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

/* Counted since the start, but for the last four. */
struct sts_redis_stats {
	uint64_t commands, gets, hits, misses;
	uint64_t failed;  /* gets that nobody answered in time */
	uint64_t refused; /* items that are not to be trusted */
	uint64_t puts, puts_older, dropped;
	uint64_t leases, leases_held, announced, heard;
	uint64_t connects, losses;
	int64_t rtt_us;   /* of the last answer; -1: none yet */
	uint64_t waiting; /* commands without an answer */
	uint64_t keys;    /* of the database, as last seen; evictions show */
	uint64_t evicted;
};

void
sts_redis_stats(const struct sts_redis *redis, struct sts_redis_stats *out);

/* Who looks up what: the holder as told by itself, escaped. */
typedef void sts_redis_lease_cb(
    void *arg, const char *domain, const char *holder, int64_t left_ms);
typedef void sts_redis_done_cb(void *arg, enum sts_err err);
/* At most limit of the leases that are held. STS_ETEMP: Redis is away. */
void sts_redis_leases(struct sts_redis *redis, size_t limit, int64_t deadline,
    sts_redis_lease_cb *each, sts_redis_done_cb *done, void *arg);

#endif
