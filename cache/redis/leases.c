/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "impl.h"
#include "reply.h"
#include "scripts.h"

#define CURSOR 24

struct listing {
	struct sts_redis *redis;
	size_t left;
	int64_t deadline;
	sts_shared_lease_cb *each;
	sts_store_done_cb *done;
	void *arg;
	char cursor[CURSOR];
};

static bool ask_more(struct listing *listing);

static void
finish(struct listing *listing, enum sts_err err)
{
	listing->done(listing->arg, err);
	free(listing);
}

/* "<token> <host>" */
static void
show(struct listing *listing, struct sts_str key, struct sts_str value,
    int64_t left)
{
	size_t head = strlen(listing->redis->prefix) + 2;

	if (key.n <= head || value.n <= STS_RD_TOKEN + 1)
		return;
	key = (struct sts_str){key.p + head, key.n - head};
	value = (struct sts_str){
	    value.p + STS_RD_TOKEN + 1, value.n - STS_RD_TOKEN - 1};
	listing->left--;
	listing->each(listing->arg, key, value, left);
}

static void
show_batch(struct listing *listing, const redisReply *reply)
{
	const redisReply *left;
	size_t i;

	for (i = 1; i + 2 < reply->elements && listing->left > 0; i += 3) {
		left = reply->element[i + 2];
		if (sts_rd_is(left, REDIS_REPLY_INTEGER))
			show(listing, sts_rd_text(reply->element[i]),
			    sts_rd_text(reply->element[i + 1]), left->integer);
	}
}

static void
answered(void *arg, const redisReply *reply)
{
	struct listing *listing = arg;
	struct sts_str cursor = sts_rd_text(sts_rd_item(reply, 0));

	if (cursor.n == 0 || cursor.n >= CURSOR) {
		if (reply != NULL)
			sts_rd_odd(listing->redis, "leases", reply);
		finish(listing, STS_ETEMP);
		return;
	}
	show_batch(listing, reply);
	memcpy(listing->cursor, cursor.p, cursor.n);
	listing->cursor[cursor.n] = '\0';
	if (listing->left == 0 || strcmp(listing->cursor, "0") == 0)
		finish(listing, STS_OK);
	else if (!ask_more(listing))
		finish(listing, STS_ETEMP);
}

/* Of a prefix that may hold what means something in a pattern. */
static struct sts_str
make_pattern(const char *prefix, char buf[STS_RD_PREFIX_MAX * 2 + 4])
{
	size_t n = 0;

	for (; *prefix != '\0'; prefix++) {
		if (strchr("*?[]\\^-", *prefix) != NULL)
			buf[n++] = '\\';
		buf[n++] = *prefix;
	}
	buf[n++] = 'l';
	buf[n++] = ':';
	buf[n++] = '*';
	return (struct sts_str){buf, n};
}

static bool
ask_more(struct listing *listing)
{
	struct sts_redis *redis = listing->redis;
	char pattern[STS_RD_PREFIX_MAX * 2 + 4];
	const struct sts_str argv[] = {sts_str("EVAL"),
	    sts_str(sts_rd_script_leases), sts_str("0"),
	    sts_str(listing->cursor), make_pattern(redis->prefix, pattern)};

	return sts_rd_ask(redis, argv, 5, listing->deadline, answered, listing);
}

void
sts_rd_leases(void *ctx, size_t limit, int64_t deadline,
    sts_shared_lease_cb *each, sts_store_done_cb *done, void *arg)
{
	struct sts_redis *redis = ctx;
	struct listing *listing = malloc(sizeof(*listing));

	if (listing == NULL) {
		done(arg, STS_ENOMEM);
		return;
	}
	*listing =
	    (struct listing){redis, limit, deadline, each, done, arg, "0"};
	if (limit == 0)
		finish(listing, STS_OK);
	else if (!ask_more(listing))
		finish(listing, STS_ETEMP);
}
