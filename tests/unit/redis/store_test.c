/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"
#include "server.h"

#define KEY "stsgate:1:p:example.com"

struct two {
	struct rig rig;
	struct server server;
	struct sts_redis *a, *b;
};

static struct two t;

static int
setup(void **state)
{
	(void)state;
	rig_init(&t.rig);
	server_start(&t.server, "");
	t.a = rig_open(&t.rig, t.server.url, NULL);
	t.b = rig_open(&t.rig, t.server.url, NULL);
	await_state(&t.rig, t.a, "ok");
	await_state(&t.rig, t.b, "ok");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sts_redis_close(t.a);
	sts_redis_close(t.b);
	server_stop(&t.server);
	rig_fini(&t.rig);
	return 0;
}

static void
assert_value(struct sts_redis *redis, const char *key, const char *value)
{
	char found[256] = "";

	assert_int_equal(got(&t.rig, redis, key, found), STS_STORE_FOUND);
	assert_string_equal(found, value);
}

static void
put_by(struct sts_redis *redis, const char *value, int64_t fetched,
    int64_t checked)
{
	put(&t.rig, redis, "example.com", value, fetched, checked);
	settle(&t.rig, redis);
}

static void
test_shared(void **state)
{
	struct got answer;
	long long left;

	(void)state;
	assert_int_equal(got(&t.rig, t.b, "example.com", NULL), STS_STORE_MISS);
	put_by(t.a, "one", -10, -5);
	get(t.b, "example.com", SOON, &answer);
	AWAIT(&t.rig, answer.calls > 0);
	assert_int_equal(answer.status, STS_STORE_FOUND);
	assert_string_equal(answer.value, "one");
	assert_true(answer.item.foreign);
	assert_in_range(answer.item.checked - answer.item.fetched, 4, 6);
	left = server_number(&t.server, "PTTL " KEY);
	assert_in_range(left, 3590000, 3600000);
	assert_int_equal(stats_of(t.b).hits, 1);
	assert_int_equal(stats_of(t.b).misses, 1);
	assert_true(stats_of(t.b).round_trip >= 0);
}

static void
test_deleted(void **state)
{
	struct sts_shared shared = sts_redis_shared(t.a);

	(void)state;
	put_by(t.a, "one", -10, -5);
	assert_int_equal(server_number(&t.server, "EXISTS " KEY), 1);
	shared.ops->del(shared.ctx, STS_BUCKET_POLICY, sts_str("example.com"));
	settle(&t.rig, t.a);
	assert_int_equal(server_number(&t.server, "EXISTS " KEY), 0);
}

static void
test_newest_wins(void **state)
{
	(void)state;
	put_by(t.a, "new", -10, -10);
	put_by(t.b, "older", -11, 0);
	assert_value(t.b, "example.com", "new");
	assert_int_equal(stats_of(t.b).puts_older, 1);
	put_by(t.b, "checked", -10, -4);
	assert_value(t.a, "example.com", "checked");
	put_by(t.a, "checked before", -10, -5);
	assert_value(t.a, "example.com", "checked");
	put_by(t.b, "newer", -9, -9);
	assert_value(t.a, "example.com", "newer");
}

static void
assert_overwritten(void)
{
	put_by(t.a, "honest", -10, -10);
	assert_value(t.b, "example.com", "honest");
	server_do(&t.server, "DEL " KEY);
}

static void
poison_dates(int64_t fetched, int64_t checked)
{
	char text[64];

	snprintf(text, sizeof(text), "S1 %013lld %013lld x",
	    (long long)(rig_wall(&t.rig) + fetched),
	    (long long)(rig_wall(&t.rig) + checked));
	server_do(&t.server, "SET " KEY " %s", text);
}

/* Whatever lies there, but an item of ours, does not stand in the way. */
static void
test_poison_is_overwritten(void **state)
{
	const char *poison[] = {"S1 9999999999999 9999999999999 x", "",
	    "garbage", "S1 0000000000001 9999999999999 x", "S 1 2 ",
	    "S1 99999999999999 9999999999999 x", "S1 1 2 x",
	    "S1 -999999999999 9999999999999 x"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(poison) / sizeof(poison[0]); i++) {
		server_do(&t.server, "SET " KEY " %s", poison[i]);
		assert_overwritten();
	}
	server_do(&t.server, "RPUSH " KEY " a list");
	assert_overwritten();
	poison_dates(330, 330);
	assert_overwritten();
	poison_dates(330, -60);
	assert_overwritten();
	poison_dates(-10, 330);
	assert_overwritten();
}

/* Within what clocks may differ, a later one of another version stays. */
static void
test_a_little_ahead_stays(void **state)
{
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "S2 %013lld %013lld what may come",
	    (long long)rig_wall(&t.rig) + 200,
	    (long long)rig_wall(&t.rig) + 200);
	server_do(&t.server, "SET " KEY " %s", text);
	put_by(t.a, "honest", -10, -10);
	assert_int_equal(stats_of(t.a).puts_older, 1);
	assert_int_equal(got(&t.rig, t.a, "example.com", NULL), STS_STORE_MISS);
}

/* Both are asked now and then whether they live. */
static void
a_minute(void)
{
	unsigned i;

	for (i = 0; i < 120; i++) {
		pass(&t.rig, t.a, 500);
		settle(&t.rig, t.b);
	}
}

static void
refused(const char *reason)
{
	assert_int_equal(got(&t.rig, t.a, "example.com", NULL), STS_STORE_MISS);
	rig_took(&t.rig, "redis-refused key=\"p:example.com\"", reason);
	a_minute();
}

static void
test_refused(void **state)
{
	struct sts_redis_config config = {.secrets = &rig_other_secrets};
	struct sts_redis *peer = rig_open(&t.rig, t.server.url, &config);

	(void)state;
	await_state(&t.rig, peer, "ok");
	put(&t.rig, peer, "example.com", "evil", -10, -10);
	settle(&t.rig, peer);
	sts_redis_close(peer);
	refused("reason=forged");
	server_do(&t.server, "SET " KEY " garbage");
	refused("reason=syntax");
	server_do(&t.server, "DEL " KEY);
	server_do(&t.server, "LPUSH " KEY " a");
	refused("reason=syntax");
	server_do(&t.server, "DEL " KEY);
	put(&t.rig, t.b, "other.example", "mine", -10, -10);
	settle(&t.rig, t.b);
	server_do(&t.server, "COPY stsgate:1:p:other.example " KEY);
	refused("reason=forged");
	server_do(&t.server, "DEL " KEY);
	put_by(t.b, "early", 400, 400);
	refused("reason=ahead");
	assert_int_equal(stats_of(t.a).refused, 5);
}

static void
test_refusals_are_told_once_a_minute(void **state)
{
	unsigned i;

	(void)state;
	server_do(&t.server, "SET " KEY " garbage");
	for (i = 0; i < 10; i++)
		assert_int_equal(
		    got(&t.rig, t.a, "example.com", NULL), STS_STORE_MISS);
	rig_took(&t.rig, "redis-refused", "others=0");
	a_minute();
	got(&t.rig, t.a, "example.com", NULL);
	rig_took(&t.rig, "redis-refused", "others=9");
}

/* It never comes here: what is read is bounded. */
static void
test_huge(void **state)
{
	redisReply *reply;
	long long before, after;
	const char *at;

	(void)state;
	server_do(&t.server, "SETRANGE " KEY " 10485759 x");
	reply = server_ask(&t.server, "INFO stats");
	at = strstr(reply->str, "total_net_output_bytes:");
	before = strtoll(at + 23, NULL, 10);
	freeReplyObject(reply);
	refused("reason=syntax");
	reply = server_ask(&t.server, "INFO stats");
	at = strstr(reply->str, "total_net_output_bytes:");
	after = strtoll(at + 23, NULL, 10);
	freeReplyObject(reply);
	assert_in_range(
	    after - before, STS_STORE_VALUE_MAX, STS_STORE_VALUE_MAX + 65536);
	assert_overwritten();
	assert_string_equal(state_of(t.a), "ok");
}

static void
test_biggest(void **state)
{
	char *big = malloc(STS_STORE_VALUE_MAX + 2);
	struct got answer;

	(void)state;
	memset(big, 'x', STS_STORE_VALUE_MAX + 1);
	big[STS_STORE_VALUE_MAX] = '\0';
	put_by(t.a, big, -10, -10);
	get(t.b, "example.com", SOON, &answer);
	AWAIT(&t.rig, answer.calls > 0);
	assert_int_equal(answer.status, STS_STORE_FOUND);
	assert_int_equal(answer.item.value.n, STS_STORE_VALUE_MAX);
	free(big);
}

static void
test_database_and_prefix(void **state)
{
	struct sts_redis_config config = {.prefix = "farm:2:"};
	struct sts_redis *other;
	char url[100];

	(void)state;
	snprintf(url, sizeof(url), "%s?db=3", t.server.url);
	other = rig_open(&t.rig, url, &config);
	await_state(&t.rig, other, "ok");
	put(&t.rig, other, "example.com", "there", -10, -10);
	settle(&t.rig, other);
	assert_int_equal(got(&t.rig, t.a, "example.com", NULL), STS_STORE_MISS);
	assert_int_equal(server_number(&t.server, "DBSIZE"), 0);
	server_do(&t.server, "SELECT 3");
	assert_int_equal(server_number(&t.server, "DBSIZE"), 1);
	assert_int_equal(
	    server_number(&t.server, "EXISTS farm:2:p:example.com"), 1);
	sts_redis_close(other);
}

static void
test_expired_is_not_put(void **state)
{
	struct sts_shared shared = sts_redis_shared(t.a);
	const struct sts_store_item item = {.key = sts_str("example.com"),
	    .value = sts_str("old"),
	    .expiry = rig_wall(&t.rig),
	    .fetched = rig_wall(&t.rig) - 60,
	    .checked = rig_wall(&t.rig) - 60};

	(void)state;
	shared.ops->put(shared.ctx, STS_BUCKET_POLICY, &item);
	settle(&t.rig, t.a);
	assert_int_equal(server_number(&t.server, "DBSIZE"), 0);
	assert_int_equal(stats_of(t.a).dropped, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_shared),
	    TEST(test_deleted),
	    TEST(test_newest_wins),
	    TEST(test_poison_is_overwritten),
	    TEST(test_a_little_ahead_stays),
	    TEST(test_refused),
	    TEST(test_refusals_are_told_once_a_minute),
	    TEST(test_huge),
	    TEST(test_biggest),
	    TEST(test_database_and_prefix),
	    TEST(test_expired_is_not_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
