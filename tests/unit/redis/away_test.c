/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdio.h>

#include "rig.h"
#include "server.h"

#define KEY "stsgate:1:p:example.com"

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

/* All that is asked is answered inside the call, and nothing piles up. */
static void
assert_alone(struct sts_redis *redis)
{
	struct sts_shared shared = sts_redis_shared(redis);
	uint64_t waiting = stats_of(redis).waiting;
	struct got answer;
	int status = -1;
	unsigned i;

	for (i = 0; i < 2000; i++) {
		get(redis, "example.com", SOON, &answer);
		assert_int_equal(answer.calls, 1);
		assert_int_equal(answer.status, STS_STORE_FAILED);
		put(&rig, redis, "example.com", "v", -10, -10);
	}
	shared.ops->lease(
	    shared.ctx, sts_str("x"), 1000, SOON, on_lease, &status);
	assert_int_equal(status, STS_LEASE_NONE);
	assert_int_equal(stats_of(redis).waiting, waiting);
}

/* It answers late: the question is over by its deadline, those behind it at
 * once, and the answer brings the service back. */
static void
test_hung_for_a_moment(void **state)
{
	struct sts_redis *redis = start();
	struct got answer;

	(void)state;
	put(&rig, redis, "example.com", "v", -10, -10);
	settle(&rig, redis);
	server_signal(&server, SIGSTOP);
	get(redis, "example.com", rig.mono + 50, &answer);
	rig_turn(&rig, 49);
	assert_int_equal(answer.calls, 0);
	rig_turn(&rig, 1);
	assert_int_equal(answer.calls, 1);
	assert_int_equal(answer.status, STS_STORE_FAILED);
	assert_alone(redis);
	assert_int_equal(stats_of(redis).waiting, 1);
	server_signal(&server, SIGCONT);
	settle(&rig, redis);
	assert_int_equal(answer.calls, 1);
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FOUND);
	assert_int_equal(stats_of(redis).losses, 0);
	sts_redis_close(redis);
}

static void
test_hung(void **state)
{
	struct sts_redis *redis = start();
	struct got answer;

	(void)state;
	server_signal(&server, SIGSTOP);
	get(redis, "example.com", rig.mono + 50, &answer);
	rig_turn(&rig, 1000);
	assert_int_equal(answer.calls, 1);
	rig_took(&rig, "redis-lost link=data", "reason=\"no answer\"");
	assert_string_equal(state_of(redis), "local only: no answer");
	assert_alone(redis);
	server_signal(&server, SIGCONT);
	await_state(&rig, redis, "ok");
	rig_took(&rig, "redis-back link=data", server.sock);
	assert_int_equal(got(&rig, redis, "example.com", NULL), STS_STORE_MISS);
	assert_int_equal(stats_of(redis).losses, 1);
	sts_redis_close(redis);
}

/* Nobody asks anything: a silent loss is found out all the same. */
static void
test_hung_while_idle(void **state)
{
	struct sts_redis *redis = start();

	(void)state;
	server_signal(&server, SIGSTOP);
	rig_turn(&rig, 21000);
	rig_took(&rig, "redis-lost link=data", "reason=\"no answer\"");
	server_signal(&server, SIGCONT);
	await_state(&rig, redis, "ok");
	rig_took(&rig, "redis-back", "");
	sts_redis_close(redis);
}

static void
test_restarted(void **state)
{
	struct sts_redis *redis = start();
	struct got answer;

	(void)state;
	server_signal(&server, SIGSTOP); /* so that it does not answer */
	get(redis, "example.com", SOON, &answer);
	server_kill(&server);
	AWAIT(&rig, strcmp(state_of(redis), "ok") != 0);
	assert_int_equal(answer.calls, 1);
	assert_int_equal(answer.status, STS_STORE_FAILED);
	rig_took(&rig, "redis-lost link=data", server.sock);
	assert_alone(redis);
	rig_turn(&rig, 60000);
	assert_string_equal(state_of(redis), "local only: Connection refused");
	server_again(&server, "");
	await_state(&rig, redis, "ok");
	rig_took(&rig, "redis-back link=data", server.sock);
	put(&rig, redis, "example.com", "v", -10, -10);
	settle(&rig, redis);
	assert_int_equal(server_number(&server, "EXISTS " KEY), 1);
	sts_redis_close(redis);
}

static void
test_not_there_at_first(void **state)
{
	struct sts_redis *redis;

	(void)state;
	server_kill(&server);
	redis = rig_open(&rig, server.url, NULL);
	assert_string_equal(state_of(redis), "local only: not connected yet");
	assert_alone(redis);
	rig_turn(&rig, 10000);
	rig_took(&rig, "redis-lost link=data", "Connection refused");
	server_again(&server, "");
	await_state(&rig, redis, "ok");
	rig_took(&rig, "redis-back", "");
	sts_redis_close(redis);
}

static void
test_by_port(void **state)
{
	struct sts_redis *redis;
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "redis://localhost:%u", server.port);
	redis = rig_open(&rig, url, NULL);
	await_state(&rig, redis, "ok");
	assert_int_equal(rig.lookups, 0);
	sts_redis_close(redis);
	/* ::1 has no Redis: the next address is tried at once. */
	rig.v6_first = true;
	snprintf(url, sizeof(url), "redis://redis.example:%u", server.port);
	redis = rig_open(&rig, url, NULL);
	await_state(&rig, redis, "ok");
	assert_int_equal(rig.lookups, 1);
	sts_redis_close(redis);
}

struct again {
	struct sts_redis *redis;
	unsigned calls;
	struct got inner;
};

/* Who is answered asks anew. */
static void
ask_again(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct again *again = arg;

	(void)item;
	assert_int_equal(status, STS_STORE_FAILED);
	again->calls++;
	get(again->redis, "again", SOON, &again->inner);
	assert_int_equal(again->inner.calls, 1);
	assert_int_equal(again->inner.status, STS_STORE_FAILED);
}

static void
test_closed(void **state)
{
	struct sts_redis *redis = start();
	struct sts_shared shared = sts_redis_shared(redis);
	struct again again = {.redis = redis};
	int status = -1;
	unsigned i;

	(void)state;
	server_signal(&server, SIGSTOP);
	for (i = 0; i < 1500; i++)
		shared.ops->get(shared.ctx, STS_BUCKET_POLICY, sts_str("x"),
		    SOON, ask_again, &again);
	assert_int_equal(again.calls, 1500 - 1024);
	shared.ops->lease(
	    shared.ctx, sts_str("x"), 1000, SOON, on_lease, &status);
	assert_int_equal(status, STS_LEASE_NONE);
	sts_redis_close(redis);
	assert_int_equal(again.calls, 1500);
	server_signal(&server, SIGCONT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_hung_for_a_moment),
	    TEST(test_hung),
	    TEST(test_hung_while_idle),
	    TEST(test_restarted),
	    TEST(test_not_there_at_first),
	    TEST(test_by_port),
	    TEST(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
