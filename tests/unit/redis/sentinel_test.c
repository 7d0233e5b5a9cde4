/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "rig.h"
#include "server.h"

static struct rig rig;
static struct server primary, replica, sentinel;

static int
setup(void **state)
{
	char conf[512];

	(void)state;
	rig_init(&rig);
	server_start(&primary, "repl-diskless-sync-delay 0");
	snprintf(conf, sizeof(conf),
	    "replicaof 127.0.0.1 %u\nrepl-diskless-sync-delay 0", primary.port);
	server_start(&replica, conf);
	AWAIT(&rig, server_number(&primary, "WAIT 1 100") == 1);
	snprintf(conf, sizeof(conf),
	    "sentinel monitor farm 127.0.0.1 %u 1\n"
	    "sentinel down-after-milliseconds farm 60000\n"
	    "sentinel failover-timeout farm 3000\n",
	    primary.port);
	server_start(&sentinel, conf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server_stop(&sentinel);
	server_stop(&primary);
	server_stop(&replica);
	rig_fini(&rig);
	return 0;
}

static bool
sentinel_sees_replica(void)
{
	redisReply *reply = server_ask(&sentinel, "SENTINEL REPLICAS farm");
	bool seen = reply->elements == 1;

	freeReplyObject(reply);
	return seen;
}

static void
test_failover(void **state)
{
	struct sts_redis *redis;
	char url[100], port[16];

	(void)state;
	/* The first one is not there, the second one answers. */
	snprintf(url, sizeof(url), "sentinel://127.0.0.1:1,127.0.0.1:%u/farm",
	    sentinel.port);
	redis = rig_open(&rig, url, NULL);
	await_state(&rig, redis, "ok");
	put(&rig, redis, "example.com", "before", -10, -10);
	settle(&rig, redis);
	assert_int_equal(server_number(&primary, "DBSIZE"), 1);
	AWAIT(&rig, server_number(&replica, "DBSIZE") == 1);
	AWAIT(&rig, sentinel_sees_replica());
	server_kill(&primary);
	/* No sooner: one that waits for a processor is not gone. */
	server_do(&sentinel, "SENTINEL SET farm down-after-milliseconds 300");
	AWAIT(&rig, strcmp(state_of(redis), "ok") != 0);
	snprintf(port, sizeof(port), ":%u\"", primary.port);
	rig_took(&rig, "redis-lost link=data", port);
	await_state(&rig, redis, "ok");
	snprintf(port, sizeof(port), ":%u\"", replica.port);
	rig_took(&rig, "redis-back link=data", port);
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FOUND);
	put(&rig, redis, "example.net", "after", -10, -10);
	settle(&rig, redis);
	/* Who becomes primary sends everyone away. */
	assert_int_equal(redisReconnect(replica.ctl), REDIS_OK);
	assert_int_equal(server_number(&replica, "DBSIZE"), 2);
	sts_redis_close(redis);
}

static void
test_no_such_primary(void **state)
{
	struct sts_redis *redis;
	char url[100];

	(void)state;
	snprintf(
	    url, sizeof(url), "sentinel://127.0.0.1:%u/other", sentinel.port);
	redis = rig_open(&rig, url, NULL);
	await_state(&rig, redis,
	    "local only: Sentinel 127.0.0.1: knows no such primary");
	rig_took(&rig, "redis-lost link=data redis=\"other\"", "");
	sts_redis_close(redis);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_failover, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_such_primary, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
