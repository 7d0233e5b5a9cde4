/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "reply.h"
#include "scripts.h"

#define NUMBER 24 /* octets of one in text, with its NUL */

/* "<token> p:<key>" */
#define ANNOUNCEMENT (STS_RD_TOKEN + 8 + STS_STORE_KEY_MAX)

/* More than this is no item, and not worth to be read. */
#define SEALED_MAX (STS_STORE_VALUE_MAX + 512)

static const char kinds[STS_BUCKETS] = {
    [STS_BUCKET_POLICY] = 'p', [STS_BUCKET_REPORT] = 'r'};

struct get {
	struct sts_redis *redis;
	enum sts_bucket bucket;
	sts_store_get_cb *cb;
	void *arg;
	size_t n;
	char key[STS_STORE_KEY_MAX];
};

static struct sts_str
number(long long n, char buf[NUMBER])
{
	return (struct sts_str){buf, (size_t)snprintf(buf, NUMBER, "%lld", n)};
}

void
sts_rd_refused(
    struct sts_redis *redis, char kind, struct sts_str key, enum sts_unseal why)
{
	enum sts_level level = STS_LOG_WARNING;
	char shown[STS_STORE_KEY_MAX];

	if (why == STS_UNSEAL_LATER || why == STS_UNSEAL_EXPIRED)
		level = STS_LOG_DEBUG;
	else
		redis->stats.refused++;
	if (level == STS_LOG_WARNING &&
	    !sts_rd_may_tell(redis, &redis->refused))
		return;
	sts_log(redis->env.log, level, "redis-refused",
	    "key=\"%c:%s\" reason=%s others=%llu", kind,
	    sts_str_escape(key, shown, sizeof(shown)), sts_unseal_name(why),
	    (unsigned long long)redis->refused.others);
	if (level == STS_LOG_WARNING)
		redis->refused.others = 0;
}

static void
refused(const struct get *get, enum sts_unseal why)
{
	sts_rd_refused(get->redis, kinds[get->bucket],
	    (struct sts_str){get->key, get->n}, why);
}

static enum sts_store_status
read_item(
    const struct get *get, struct sts_str sealed, struct sts_store_item *item)
{
	const struct sts_rd_env *env = &get->redis->env;
	enum sts_unseal result;

	if (sealed.n == 0)
		return STS_STORE_MISS;
	result = sts_unseal(get->redis->sealer, get->bucket,
	    (struct sts_str){get->key, get->n},
	    env->clock.ops->wall(env->clock.ctx), sealed, item);
	if (result != STS_UNSEAL_OK) {
		refused(get, result);
		return STS_STORE_MISS;
	}
	return STS_STORE_FOUND;
}

/* Something else than a string under the key is no item of ours. */
static enum sts_store_status
read_get(
    const struct get *get, const redisReply *reply, struct sts_store_item *item)
{
	if (sts_rd_is_string(reply))
		return read_item(get, sts_rd_text(reply), item);
	if (!sts_rd_is_error(reply, "WRONGTYPE "))
		return STS_STORE_FAILED;
	refused(get, STS_UNSEAL_SYNTAX);
	return STS_STORE_MISS;
}

static void
got(void *arg, const redisReply *reply)
{
	struct get *get = arg;
	struct sts_redis *redis = get->redis;
	struct sts_store_item item = {0};
	enum sts_store_status status = read_get(get, reply, &item);

	if (status == STS_STORE_FOUND)
		redis->stats.hits++;
	else if (status == STS_STORE_MISS)
		redis->stats.misses++;
	else
		redis->stats.failed++;
	get->cb(get->arg, status, status == STS_STORE_FOUND ? &item : NULL);
	if (status == STS_STORE_FAILED && reply != NULL)
		sts_rd_odd(redis, "get", reply);
	free(get);
}

static struct get *
make_get(struct sts_redis *redis, enum sts_bucket bucket, struct sts_str key,
    sts_store_get_cb *cb, void *arg)
{
	struct get *get;

	if (key.n > STS_STORE_KEY_MAX || (get = malloc(sizeof(*get))) == NULL)
		return NULL;
	get->redis = redis;
	get->bucket = bucket;
	get->cb = cb;
	get->arg = arg;
	get->n = key.n;
	memcpy(get->key, key.p, key.n);
	return get;
}

static void
shared_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct sts_redis *redis = ctx;
	struct get *get = make_get(redis, bucket, key, cb, arg);
	char name[STS_RD_KEY_SIZE], max[NUMBER];
	const struct sts_str argv[] = {sts_str("GETRANGE"),
	    sts_rd_key(redis, kinds[bucket], key, name), sts_str("0"),
	    number(SEALED_MAX, max)};

	redis->stats.gets++;
	if (get != NULL && sts_rd_ask(redis, argv, 4, deadline, got, get))
		return;
	free(get);
	redis->stats.failed++;
	cb(arg, STS_STORE_FAILED, NULL);
}

void
sts_rd_was_put(void *arg, const redisReply *reply)
{
	struct sts_redis *redis = arg;

	if (!sts_rd_is(reply, REDIS_REPLY_INTEGER)) {
		redis->stats.dropped++;
		if (reply != NULL)
			sts_rd_odd(redis, "put", reply);
		return;
	}
	if (reply->integer == 0)
		redis->stats.puts_older++;
	if (reply->integer == 2)
		redis->stats.announced++;
}

static struct sts_str
announcement(const struct sts_redis *redis, char kind, struct sts_str key,
    char buf[ANNOUNCEMENT])
{
	int n = snprintf(buf, ANNOUNCEMENT, "%s %c:", redis->token, kind);

	memcpy(buf + n, key.p, key.n);
	return (struct sts_str){buf, (size_t)n + key.n};
}

static bool
send_put(struct sts_redis *redis, char kind, struct sts_str key, int64_t life,
    struct sts_str sealed)
{
	char name[STS_RD_KEY_SIZE], ms[NUMBER], text[ANNOUNCEMENT];
	const struct sts_str argv[] = {sts_str("EVAL"),
	    sts_str(sts_rd_script_put), sts_str("1"),
	    sts_rd_key(redis, kind, key, name), sealed, number(life, ms),
	    sts_str(redis->channel), announcement(redis, kind, key, text)};

	return sts_rd_tell(redis, argv, 8, sts_rd_was_put);
}

bool
sts_rd_may_put(const struct sts_redis *redis, const struct sts_store_item *item,
    int64_t left)
{
	return redis->link.up && redis->late == 0 && left > 0 &&
	       item->fetched > 0 && item->key.n <= STS_STORE_KEY_MAX;
}

static void
shared_put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item)
{
	struct sts_redis *redis = ctx;
	const struct sts_clock *clock = &redis->env.clock;
	int64_t left = item->expiry - clock->ops->wall(clock->ctx);
	char *text = NULL;
	size_t size = 0;

	redis->stats.puts++;
	if (!sts_rd_may_put(redis, item, left) ||
	    sts_seal(redis->sealer, bucket, item, &text, &size) != STS_OK ||
	    !send_put(redis, kinds[bucket], item->key, left * 1000,
		(struct sts_str){text, size}))
		redis->stats.dropped++;
	free(text);
}

static void
was_told(void *arg, const redisReply *reply)
{
	struct sts_redis *redis = arg;

	if (reply != NULL && !sts_rd_is(reply, REDIS_REPLY_INTEGER))
		sts_rd_odd(redis, "delete", reply);
}

static void
shared_del(void *ctx, enum sts_bucket bucket, struct sts_str key)
{
	struct sts_redis *redis = ctx;
	char name[STS_RD_KEY_SIZE];
	const struct sts_str argv[] = {
	    sts_str("DEL"), sts_rd_key(redis, kinds[bucket], key, name)};

	if (key.n > STS_STORE_KEY_MAX || !sts_rd_tell(redis, argv, 2, was_told))
		redis->stats.dropped++;
}

struct lease {
	struct sts_redis *redis;
	sts_lease_cb *cb;
	void *arg;
};

static void
leased(void *arg, const redisReply *reply)
{
	struct lease lease = *(struct lease *)arg;
	struct sts_redis *redis = lease.redis;

	free(arg);
	if (!sts_rd_is(reply, REDIS_REPLY_INTEGER)) {
		lease.cb(lease.arg, STS_LEASE_NONE);
		if (reply != NULL)
			sts_rd_odd(redis, "lease", reply);
	} else if (reply->integer == 1) {
		lease.cb(lease.arg, STS_LEASE_MINE);
	} else {
		redis->stats.leases_held++;
		lease.cb(lease.arg, STS_LEASE_HELD);
	}
}

static void
shared_lease(void *ctx, struct sts_str key, int64_t life, int64_t deadline,
    sts_lease_cb *cb, void *arg)
{
	struct sts_redis *redis = ctx;
	struct lease *lease = malloc(sizeof(*lease));
	char name[STS_RD_KEY_SIZE], ms[NUMBER];
	const struct sts_str argv[] = {sts_str("EVAL"),
	    sts_str(sts_rd_script_lease), sts_str("1"),
	    sts_rd_key(redis, 'l', key, name), sts_str(redis->holder),
	    number(life, ms)};

	redis->stats.leases++;
	if (lease != NULL && key.n <= STS_STORE_KEY_MAX) {
		*lease = (struct lease){redis, cb, arg};
		if (sts_rd_ask(redis, argv, 6, deadline, leased, lease))
			return;
	}
	free(lease);
	cb(arg, STS_LEASE_NONE);
}

static void
shared_release(void *ctx, struct sts_str key)
{
	struct sts_redis *redis = ctx;
	char name[STS_RD_KEY_SIZE];
	const struct sts_str argv[] = {sts_str("EVAL"),
	    sts_str(sts_rd_script_release), sts_str("1"),
	    sts_rd_key(redis, 'l', key, name), sts_str(redis->holder)};

	if (key.n <= STS_STORE_KEY_MAX)
		(void)sts_rd_tell(redis, argv, 5, was_told);
}

static const char *
shared_state(void *ctx)
{
	return ((struct sts_redis *)ctx)->state;
}

static void
shared_stats(void *ctx, struct sts_shared_stats *out)
{
	const struct sts_redis *redis = ctx;

	*out = redis->stats;
	out->place = redis->link.place;
	out->commands = redis->link.commands + redis->watch.commands;
	out->connects = redis->link.connects;
	out->losses = redis->link.losses;
	out->round_trip = redis->link.rtt_us;
	out->waiting = redis->link.waiting;
}

const struct sts_shared_ops sts_rd_shared_ops = {
    .get = shared_get,
    .put = shared_put,
    .del = shared_del,
    .lease = shared_lease,
    .release = shared_release,
    .watch = sts_rd_watch,
    .state = shared_state,
    .stats = shared_stats,
    .leases = sts_rd_leases,
    .put_part = sts_rd_put_part,
    .parts = sts_rd_parts,
};
