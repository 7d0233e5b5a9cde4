/* SPDX-License-Identifier: ISC */
/* Parts of several hosts under one key: a hash of Redis, a field each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "reply.h"
#include "scripts.h"

#define KIND     'r'
#define NUMBER   24
#define PART_MAX (STS_STORE_VALUE_MAX + 512) /* octets, sealed */

/*
 * A part is sealed as an item under the key, NUL and its name: neither can be
 * taken for another's. Nothing else has a NUL in its key.
 */
static struct sts_str
seal_key(struct sts_str key, struct sts_str part, char buf[STS_STORE_KEY_MAX])
{
	if (part.n == 0 || part.n > STS_SHARED_PART ||
	    key.n + 1 + part.n > STS_STORE_KEY_MAX)
		return sts_str("");
	memcpy(buf, key.p, key.n);
	buf[key.n] = '\0';
	memcpy(buf + key.n + 1, part.p, part.n);
	return (struct sts_str){buf, key.n + 1 + part.n};
}

static bool
send_part(struct sts_redis *redis, struct sts_str key, struct sts_str part,
    int64_t life, struct sts_str sealed)
{
	char name[STS_RD_KEY_SIZE], ms[NUMBER];
	int n = snprintf(ms, sizeof(ms), "%lld", (long long)life);
	const struct sts_str argv[] = {sts_str("EVAL"),
	    sts_str(sts_rd_script_put_part), sts_str("1"),
	    sts_rd_key(redis, KIND, key, name), sealed, {ms, (size_t)n}, part,
	    sts_str(STS_SHARED_CLOSED)};

	return sts_rd_tell(redis, argv, 8, sts_rd_was_put);
}

void
sts_rd_put_part(
    void *ctx, struct sts_str part, const struct sts_store_item *item)
{
	struct sts_redis *redis = ctx;
	const struct sts_clock *clock = &redis->env.clock;
	int64_t left = item->expiry - clock->ops->wall(clock->ctx);
	struct sts_store_item named = *item;
	char key[STS_STORE_KEY_MAX], *text = NULL;
	size_t size = 0;

	redis->stats.puts++;
	named.key = seal_key(item->key, part, key);
	if (named.key.n == 0 || !sts_rd_may_put(redis, item, left) ||
	    sts_seal(redis->sealer, STS_BUCKET_REPORT, &named, &text, &size) !=
		STS_OK ||
	    !send_part(redis, item->key, part, left * 1000,
		(struct sts_str){text, size}))
		redis->stats.dropped++;
	free(text);
}

struct name {
	size_t n;
	char p[STS_SHARED_PART];
};

struct reading {
	struct sts_redis *redis;
	int64_t deadline;
	size_t limit;
	sts_part_cb *each;
	sts_store_done_cb *done;
	void *arg;
	size_t n_key, n_name, at;
	char key[STS_STORE_KEY_MAX];
	struct name *name;
};

static void
finish(struct reading *reading, enum sts_err err)
{
	reading->done(reading->arg, err);
	free(reading->name);
	free(reading);
}

static struct sts_str
part_of(const struct reading *reading)
{
	const struct name *name = &reading->name[reading->at];

	return (struct sts_str){name->p, name->n};
}

/* One that is not to be trusted is as if it were not there. */
static void
show(struct reading *reading, struct sts_str sealed)
{
	struct sts_redis *redis = reading->redis;
	const struct sts_clock *clock = &redis->env.clock;
	struct sts_str key = {reading->key, reading->n_key};
	char buf[STS_STORE_KEY_MAX];
	struct sts_store_item item = {0};
	enum sts_unseal result = sts_unseal(redis->sealer, STS_BUCKET_REPORT,
	    seal_key(key, part_of(reading), buf), clock->ops->wall(clock->ctx),
	    sealed, &item);

	if (result != STS_UNSEAL_OK) {
		sts_rd_refused(redis, KIND, key, result);
		return;
	}
	item.key = key;
	redis->stats.hits++;
	reading->each(reading->arg, part_of(reading), &item);
}

static void ask_part(struct reading *reading);

static void
got_part(void *arg, const redisReply *reply)
{
	struct reading *reading = arg;

	if (!sts_rd_is_string(reply)) {
		if (reply != NULL)
			sts_rd_odd(reading->redis, "part", reply);
		finish(reading, STS_ETEMP);
		return;
	}
	show(reading, sts_rd_text(reply));
	reading->at++;
	ask_part(reading);
}

static void
ask_part(struct reading *reading)
{
	struct sts_redis *redis = reading->redis;
	char name[STS_RD_KEY_SIZE], max[NUMBER];
	int n = snprintf(max, sizeof(max), "%d", PART_MAX);

	if (reading->at < reading->n_name) {
		const struct sts_str argv[] = {sts_str("EVAL"),
		    sts_str(sts_rd_script_part), sts_str("1"),
		    sts_rd_key(redis, KIND,
			(struct sts_str){reading->key, reading->n_key}, name),
		    part_of(reading), {max, (size_t)n}};

		if (!sts_rd_ask(
			redis, argv, 6, reading->deadline, got_part, reading))
			finish(reading, STS_ETEMP);
	} else {
		finish(reading, STS_OK);
	}
}

static int
compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

/* Names that none of us gives are passed over. */
static bool
take_names(struct reading *reading, const redisReply *reply)
{
	reading->name = calloc(reply->elements + 1, sizeof(*reading->name));
	for (size_t i = 0; reading->name != NULL && i < reply->elements; i++) {
		struct sts_str text = sts_rd_text(reply->element[i]);
		struct name *name = &reading->name[reading->n_name];

		if (text.n == 0 || text.n > STS_SHARED_PART)
			continue;
		memcpy(name->p, text.p, text.n);
		name->n = text.n;
		reading->n_name++;
	}
	if (reading->name != NULL)
		qsort(reading->name, reading->n_name, sizeof(*reading->name),
		    compare);
	return reading->name != NULL;
}

static void
got_names(void *arg, const redisReply *reply)
{
	struct reading *reading = arg;

	if (sts_rd_is(reply, REDIS_REPLY_INTEGER)) {
		finish(reading, STS_ELIMIT);
	} else if (!sts_rd_is(reply, REDIS_REPLY_ARRAY) ||
		   reply->elements > reading->limit) {
		if (reply != NULL)
			sts_rd_odd(reading->redis, "parts", reply);
		finish(reading, STS_ETEMP);
	} else if (!take_names(reading, reply)) {
		finish(reading, STS_ENOMEM);
	} else {
		ask_part(reading);
	}
}

void
sts_rd_parts(void *ctx, struct sts_str key, size_t limit, int64_t deadline,
    sts_part_cb *each, sts_store_done_cb *done, void *arg)
{
	struct sts_redis *redis = ctx;
	struct reading *reading = calloc(1, sizeof(*reading));
	char name[STS_RD_KEY_SIZE], max[NUMBER];
	int n = snprintf(max, sizeof(max), "%zu", limit);
	const struct sts_str argv[] = {sts_str("EVAL"),
	    sts_str(sts_rd_script_parts), sts_str("1"),
	    sts_rd_key(redis, KIND, key, name), {max, (size_t)n}};

	if (reading == NULL || key.n >= STS_STORE_KEY_MAX) {
		free(reading);
		done(arg, reading == NULL ? STS_ENOMEM : STS_EINVAL);
		return;
	}
	*reading = (struct reading){.redis = redis,
	    .deadline = deadline,
	    .limit = limit,
	    .each = each,
	    .done = done,
	    .arg = arg,
	    .n_key = key.n};
	memcpy(reading->key, key.p, key.n);
	redis->stats.gets++;
	if (!sts_rd_ask(redis, argv, 5, deadline, got_names, reading))
		finish(reading, STS_ETEMP);
}
