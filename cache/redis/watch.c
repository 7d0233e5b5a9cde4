/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "impl.h"
#include "reply.h"

static void
up(void *arg)
{
	(void)arg; /* what was missed comes to light at the next check */
}

static void
down(void *arg, const char *why)
{
	(void)arg;
	(void)why; /* the link tells the log and tries again */
}

/* "<token> p:<key>"; what is not so is not for us. */
static bool
read_key(
    const struct sts_redis *redis, struct sts_str text, struct sts_str *key)
{
	const size_t head = STS_RD_TOKEN + 3;

	if (text.n <= head || text.n > head + STS_STORE_KEY_MAX ||
	    memcmp(text.p + STS_RD_TOKEN, " p:", 3) != 0 ||
	    memcmp(text.p, redis->token, STS_RD_TOKEN) == 0)
		return false;
	*key = (struct sts_str){text.p + head, text.n - head};
	return true;
}

static void
message(void *arg, const redisReply *reply)
{
	struct sts_redis *redis = arg;
	struct sts_str key;

	if (redis->changed == NULL ||
	    !read_key(redis, sts_rd_text(sts_rd_item(reply, 2)), &key))
		return;
	redis->stats.heard++;
	redis->changed(redis->changed_arg, key);
}

const struct sts_rd_link_ops sts_rd_watch_ops = {up, down, message};

void
sts_rd_watch(void *ctx, sts_changed_cb *cb, void *arg)
{
	struct sts_redis *redis = ctx;

	redis->changed = cb;
	redis->changed_arg = arg;
	if (cb == NULL)
		sts_rd_link_stop(&redis->watch);
	else if (redis->link.up)
		sts_rd_link_start(&redis->watch);
}
