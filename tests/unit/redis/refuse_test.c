/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "rig.h"
#include "server.h"

static struct rig rig;
static struct server server;

static int
setup(void **state)
{
	(void)state;
	rig_init(&rig);
	server.password = NULL;
	server_start(&server, "");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server_stop(&server);
	rig_fini(&rig);
	return 0;
}

static struct sts_redis *
start(void)
{
	struct sts_redis *redis = rig_open(&rig, server.url, NULL);

	await_state(&rig, redis, "ok");
	settle(&rig, redis);
	return redis;
}

static void
on_lease(void *arg, enum sts_lease_status status)
{
	*(int *)arg = (int)status;
}

static void
test_password(void **state)
{
	struct sts_redis_config config = {.password = "wrong"};
	struct sts_redis *redis;

	(void)state;
	server_do(&server, "CONFIG SET requirepass secret");
	redis = rig_open(&rig, server.url, &config);
	AWAIT(&rig, rig.n_lines > 0);
	rig_took(&rig, "redis-lost link=data", "reason=\"WRONGPASS ");
	assert_memory_equal(state_of(redis), "local only: WRONGPASS", 21);
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FAILED);
	server_do(&server, "CONFIG SET requirepass wrong");
	await_state(&rig, redis, "ok");
	rig_took(&rig, "redis-back", "");
	sts_redis_close(redis);
	redis = rig_open(&rig, server.url, NULL);
	AWAIT(&rig, rig.n_lines > 0);
	rig_took(&rig, "redis-lost link=data", "reason=\"NOAUTH ");
	sts_redis_close(redis);
}

/* What the manual says is enough, and is all that is used. */
#define RULES                                                               \
	"ACL SETUSER gate on >secret ~stsgate:* &stsgate:* -@all +auth "    \
	"+select +role +ping +info +dbsize +eval +getrange +set +del "      \
	"+time +pexpire +pttl +scan +publish +subscribe +type +hset +hget " \
	"+hexists +hlen +hkeys +hstrlen"

static void
nothing(
    void *arg, struct sts_str domain, struct sts_str holder, int64_t left_ms)
{
	(void)arg;
	(void)domain;
	(void)holder;
	(void)left_ms;
}

static void
on_done(void *arg, enum sts_err err)
{
	*(int *)arg = (int)err;
}

static void
on_changed(void *arg, struct sts_str key)
{
	(void)key;
	++*(int *)arg;
}

/* Something new each time: who listens may have come late. */
static void
announce(struct sts_redis *redis, struct sts_redis *other)
{
	struct sts_shared shared = sts_redis_shared(redis);

	shared.ops->del(shared.ctx, STS_BUCKET_POLICY, sts_str("example.com"));
	settle(&rig, redis);
	put(&rig, other, "example.com", "v", -10, -10);
	settle(&rig, other);
}

/* 1: a part; 11: and no error at the end. */
static void
on_part(void *arg, struct sts_str part, const struct sts_store_item *item)
{
	(void)item;
	assert_true(sts_str_eq(part, "h:mx1"));
	*(int *)arg += 1;
}

static void
on_parts(void *arg, enum sts_err err)
{
	assert_int_equal(err, STS_OK);
	*(int *)arg += 10;
}

static void
use_parts(struct sts_redis *redis)
{
	struct sts_shared shared = sts_redis_shared(redis);
	const struct sts_store_item item = {.key = sts_str("day/x"),
	    .value = sts_str("v"),
	    .expiry = rig_wall(&rig) + 60,
	    .fetched = rig_wall(&rig)};
	int parts = 0;

	shared.ops->put_part(shared.ctx, sts_str("h:mx1"), &item);
	shared.ops->parts(
	    shared.ctx, sts_str("day/x"), 9, SOON, on_part, on_parts, &parts);
	AWAIT(&rig, parts == 11);
	shared.ops->del(shared.ctx, STS_BUCKET_REPORT, sts_str("day/x"));
	settle(&rig, redis);
}

static void
test_acl(void **state)
{
	struct sts_redis_config config = {
	    .user = "gate", .password = "secret", .host = "h"};
	struct sts_redis *redis, *other;
	struct sts_shared shared;
	int done = -1, status = -1, heard = 0;

	(void)state;
	server_do(&server, RULES);
	redis = rig_open(&rig, server.url, &config);
	other = rig_open(&rig, server.url, &config);
	shared = sts_redis_shared(redis);
	shared.ops->watch(shared.ctx, on_changed, &heard);
	await_state(&rig, redis, "ok");
	await_state(&rig, other, "ok");
	AWAIT(&rig, (announce(redis, other), heard > 0));
	put(&rig, other, "example.com", "v", -10, -10);
	settle(&rig, other);
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FOUND);
	shared.ops->lease(
	    shared.ctx, sts_str("x"), 9000, SOON, on_lease, &status);
	AWAIT(&rig, status == STS_LEASE_MINE);
	shared.ops->lease(
	    shared.ctx, sts_str("x"), 9000, SOON, on_lease, &status);
	leases(redis, 9, nothing, on_done, &done);
	AWAIT(&rig, done == STS_OK);
	use_parts(redis);
	shared.ops->release(shared.ctx, sts_str("x"));
	shared.ops->del(shared.ctx, STS_BUCKET_POLICY, sts_str("example.com"));
	settle(&rig, redis);
	assert_int_equal(stats_of(redis).keys, 0);
	sts_redis_close(redis);
	sts_redis_close(other);
	assert_int_equal(server_number(&server, "DBSIZE"), 0);
}

/* The put is not allowed: that is told, and reads go on. */
static void
test_forbidden(void **state)
{
	struct sts_redis_config config = {.user = "gate", .password = "secret"};
	struct sts_redis *redis;

	(void)state;
	server_do(&server, RULES);
	server_do(&server, "ACL SETUSER gate -eval -role");
	redis = rig_open(&rig, server.url, &config);
	await_state(&rig, redis, "ok");
	put(&rig, redis, "example.com", "v", -10, -10);
	settle(&rig, redis);
	rig_took(&rig, "redis-error command=put", "NOPERM");
	assert_int_equal(got(&rig, redis, "example.com", NULL), STS_STORE_MISS);
	server_do(&server, "ACL SETUSER gate -getrange");
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FAILED);
	sts_redis_close(redis);
}

static void
test_full(void **state)
{
	struct sts_redis *redis = start();

	(void)state;
	put(&rig, redis, "example.com", "v", -10, -10);
	settle(&rig, redis);
	server_do(&server, "CONFIG SET maxmemory 1");
	put(&rig, redis, "example.net", "v", -10, -10);
	put(&rig, redis, "example.net", "v", -10, -10);
	settle(&rig, redis);
	rig_took(&rig, "redis-error command=put", "OOM");
	assert_int_equal(stats_of(redis).dropped, 2);
	assert_string_equal(state_of(redis), "ok");
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FOUND);
	sts_redis_close(redis);
}

static void
test_evicts(void **state)
{
	struct sts_redis *redis = start();
	char key[64];
	unsigned i;

	(void)state;
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "d%u.example", i);
		put(&rig, redis, key, "v", -10, -10);
	}
	settle(&rig, redis);
	server_do(&server, "CONFIG SET maxmemory-policy allkeys-random");
	server_do(&server, "CONFIG SET maxmemory 1");
	AWAIT(&rig, server_number(&server, "DBSIZE") == 0);
	pass(&rig, redis, 60000);
	rig_took(&rig, "redis-evicts", "keys=50");
	assert_int_equal(stats_of(redis).evicted, 50);
	sts_redis_close(redis);
}

static void
test_no_longer_primary(void **state)
{
	struct sts_redis *redis = start();

	(void)state;
	server_do(&server, "REPLICAOF 127.0.0.1 1");
	put(&rig, redis, "example.com", "v", -10, -10);
	AWAIT(&rig, rig.n_lines > 0);
	/* Which of the two comes first is Redis' affair. */
	if (strstr(rig.lines[0], "redis-error") != NULL)
		rig_took(&rig, "redis-error command=put", "READONLY");
	rig_took(&rig, "redis-lost link=data", "READONLY");
	await_state(&rig, redis, "local only: not a primary");
	server_do(&server, "REPLICAOF NO ONE");
	await_state(&rig, redis, "ok");
	rig_took(&rig, "redis-back", "");
	sts_redis_close(redis);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_password),
	    TEST(test_acl),
	    TEST(test_forbidden),
	    TEST(test_full),
	    TEST(test_evicts),
	    TEST(test_no_longer_primary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
