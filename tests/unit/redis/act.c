/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>

#include "rig.h"

void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct got *got = arg;

	got->calls++;
	got->status = status;
	if ((status == STS_STORE_FOUND) != (item != NULL))
		fail_msg("an item is what FOUND has");
	if (item == NULL)
		return;
	got->item = *item;
	snprintf(got->value, sizeof(got->value), "%.*s", (int)item->value.n,
	    item->value.p);
}

void
get(struct sts_redis *redis, const char *key, int64_t deadline, struct got *got)
{
	struct sts_shared shared = sts_redis_shared(redis);

	memset(got, 0, sizeof(*got));
	shared.ops->get(
	    shared.ctx, STS_BUCKET_POLICY, sts_str(key), deadline, on_got, got);
}

enum sts_store_status
got(struct rig *rig, struct sts_redis *redis, const char *key, char value[256])
{
	struct got answer;

	get(redis, key, SOON, &answer);
	AWAIT(rig, answer.calls > 0);
	assert_int_equal(answer.calls, 1);
	if (value != NULL)
		memcpy(value, answer.value, sizeof(answer.value));
	return answer.status;
}

void
put(struct rig *rig, struct sts_redis *redis, const char *key,
    const char *value, int64_t fetched, int64_t checked)
{
	struct sts_shared shared = sts_redis_shared(redis);
	int64_t now = rig_wall(rig);
	const struct sts_store_item item = {.key = sts_str(key),
	    .value = sts_str(value),
	    .expiry = now + 3600,
	    .fetched = now + fetched,
	    .checked = now + checked};

	shared.ops->put(shared.ctx, STS_BUCKET_POLICY, &item);
}

struct sts_shared_stats
stats_of(struct sts_redis *redis)
{
	struct sts_shared shared = sts_redis_shared(redis);
	struct sts_shared_stats stats;

	shared.ops->stats(shared.ctx, &stats);
	return stats;
}

void
leases(struct sts_redis *redis, size_t limit, sts_shared_lease_cb *each,
    sts_store_done_cb *done, void *arg)
{
	struct sts_shared shared = sts_redis_shared(redis);

	shared.ops->leases(shared.ctx, limit, SOON, each, done, arg);
}

void
settle(struct rig *rig, struct sts_redis *redis)
{
	AWAIT(rig, stats_of(redis).waiting == 0);
}

void
pass(struct rig *rig, struct sts_redis *redis, int64_t ms)
{
	for (; ms > 0; ms -= 500) {
		rig_turn(rig, ms < 500 ? ms : 500);
		settle(rig, redis);
	}
}
