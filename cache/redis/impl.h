/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_IMPL_H
#define STS_RD_IMPL_H

#include "link.h"
#include "sts/seal.h"

#define STS_RD_PREFIX_MAX 128 /* octets */
#define STS_RD_KEY_SIZE   (STS_RD_PREFIX_MAX + 2 + STS_STORE_KEY_MAX)
#define STS_RD_TOKEN      32
#define STS_RD_HOST_MAX   256

/* What may be told once a minute. */
struct sts_rd_told {
	int64_t next;
	uint64_t others; /* that were not */
};

struct sts_redis {
	struct sts_rd_env env;
	struct sts_rd_link link, watch;
	struct sts_sealer *sealer;
	char prefix[STS_RD_PREFIX_MAX + 1];
	char channel[STS_RD_PREFIX_MAX + 16];
	char token[STS_RD_TOKEN + 1];                    /* of this process */
	char holder[STS_RD_TOKEN + 2 + STS_RD_HOST_MAX]; /* token and host */
	char state[STS_RD_WHY + 16];
	struct sts_shared_stats stats;
	size_t late; /* questions past their deadline, without an answer */
	struct sts_rd_told refused, errors;
	sts_changed_cb *changed;
	void *changed_arg;
	struct sts_timer *survey;
	bool surveyed; /* stats.evicted is this server's */
};

/* A key of Redis: kind is 'p', 'r' or 'l'. Empty: too long. */
struct sts_str sts_rd_key(const struct sts_redis *redis, char kind,
    struct sts_str key, char buf[STS_RD_KEY_SIZE]);

/*
 * Ask, for an answer by the deadline: NULL is none. false: nothing was asked,
 * as Redis is away, or owes an answer that was due.
 */
bool sts_rd_ask(struct sts_redis *redis, const struct sts_str *argv,
    size_t argc, int64_t deadline, sts_rd_answer_cb *cb, void *arg);
/* The same for what nobody waits for; false: dropped. arg of cb is redis. */
bool sts_rd_tell(struct sts_redis *redis, const struct sts_str *argv,
    size_t argc, sts_rd_answer_cb *cb);

/* May it be told? Then the caller clears others. */
bool sts_rd_may_tell(const struct sts_redis *redis, struct sts_rd_told *told);
/* An answer that is not as it must be: an error is told, all else is a server
 * that is none, and the end of the connection. */
void
sts_rd_odd(struct sts_redis *redis, const char *what, const redisReply *reply);

/* Connected: count keys and evictions, and again each minute. */
void sts_rd_survey_start(struct sts_redis *redis);
void sts_rd_survey_stop(struct sts_redis *redis);

extern const struct sts_rd_link_ops sts_rd_watch_ops;
void sts_rd_watch(void *ctx, sts_changed_cb *cb, void *arg);

void sts_rd_leases(void *ctx, size_t limit, int64_t deadline,
    sts_shared_lease_cb *each, sts_store_done_cb *done, void *arg);

void sts_rd_put_part(
    void *ctx, struct sts_str part, const struct sts_store_item *item);
void sts_rd_parts(void *ctx, struct sts_str key, size_t limit, int64_t deadline,
    sts_part_cb *each, sts_store_done_cb *done, void *arg);

/* shared.c: for put and put_part. */
/* Not worth the work when nobody would take it. */
bool sts_rd_may_put(const struct sts_redis *redis,
    const struct sts_store_item *item, int64_t left);
void sts_rd_was_put(void *redis, const redisReply *reply);
/* What it holds is not to be trusted. */
void sts_rd_refused(struct sts_redis *redis, char kind, struct sts_str key,
    enum sts_unseal why);

extern const struct sts_shared_ops sts_rd_shared_ops;

#endif
