/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "rig.h"
#include "server.h"

struct heard {
	unsigned n;
	char key[64];
};

static struct rig rig;
static struct server server;
static struct sts_redis *a, *b;

static int
setup(void **state)
{
	struct sts_redis_config config = {.host = "mx2.example.org\n"};

	(void)state;
	rig_init(&rig);
	server_start(&server, "");
	a = rig_open(&rig, server.url, NULL);
	b = rig_open(&rig, server.url, &config);
	await_state(&rig, a, "ok");
	await_state(&rig, b, "ok");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sts_redis_close(a);
	sts_redis_close(b);
	server_stop(&server);
	rig_fini(&rig);
	return 0;
}

static void
on_lease(void *arg, enum sts_lease_status status)
{
	int *got = arg;

	assert_int_equal(*got, -1);
	*got = (int)status;
}

static int
lease(struct sts_redis *redis, const char *key, int64_t life)
{
	struct sts_shared shared = sts_redis_shared(redis);
	int status = -1;

	shared.ops->lease(
	    shared.ctx, sts_str(key), life, SOON, on_lease, &status);
	AWAIT(&rig, status != -1);
	return status;
}

static void
give_back(struct sts_redis *redis, const char *key)
{
	struct sts_shared shared = sts_redis_shared(redis);

	shared.ops->release(shared.ctx, sts_str(key));
	settle(&rig, redis);
}

static void
test_lease(void **state)
{
	(void)state;
	assert_int_equal(lease(a, "example.com", 60000), STS_LEASE_MINE);
	assert_int_equal(lease(b, "example.com", 60000), STS_LEASE_HELD);
	assert_int_equal(lease(b, "example.net", 60000), STS_LEASE_MINE);
	assert_in_range(server_number(&server, "PTTL stsgate:1:l:example.com"),
	    50000, 60000);
	/* Not by another host: to ask again makes it last. */
	assert_int_equal(lease(a, "example.com", 90000), STS_LEASE_MINE);
	assert_in_range(server_number(&server, "PTTL stsgate:1:l:example.com"),
	    80000, 90000);
	give_back(b, "example.com");
	assert_int_equal(lease(b, "example.com", 60000), STS_LEASE_HELD);
	give_back(a, "example.com");
	assert_int_equal(lease(b, "example.com", 60000), STS_LEASE_MINE);
	assert_int_equal(stats_of(b).leases, 4);
	assert_int_equal(stats_of(b).leases_held, 2);
}

static void
test_lease_ends(void **state)
{
	(void)state;
	assert_int_equal(lease(a, "example.com", 50), STS_LEASE_MINE);
	AWAIT(&rig, lease(b, "example.com", 60000) == STS_LEASE_MINE);
	give_back(a, "example.com"); /* no longer ours */
	assert_int_equal(lease(a, "example.com", 60000), STS_LEASE_HELD);
}

/* Of another type, or without an end: held, and no more than that. */
static void
test_lease_poisoned(void **state)
{
	(void)state;
	server_do(&server, "LPUSH stsgate:1:l:example.com x");
	assert_int_equal(lease(a, "example.com", 60000), STS_LEASE_HELD);
	give_back(a, "example.com");
	assert_int_equal(
	    server_number(&server, "EXISTS stsgate:1:l:example.com"), 1);
}

static void
on_changed(void *arg, struct sts_str key)
{
	struct heard *heard = arg;

	heard->n++;
	snprintf(heard->key, sizeof(heard->key), "%.*s", (int)key.n, key.p);
}

static void
watch(struct sts_redis *redis, struct heard *heard)
{
	struct sts_shared shared = sts_redis_shared(redis);
	redisReply *reply;
	long long n = 0, before;

	memset(heard, 0, sizeof(*heard));
	reply = server_ask(&server, "PUBSUB NUMSUB stsgate:1:changed");
	before = reply->element[1]->integer;
	freeReplyObject(reply);
	shared.ops->watch(shared.ctx, on_changed, heard);
	AWAIT(&rig,
	    (reply = server_ask(&server, "PUBSUB NUMSUB stsgate:1:changed"),
		n = reply->element[1]->integer, freeReplyObject(reply),
		n > before));
}

static void
put_by(struct sts_redis *redis, const char *key, int64_t fetched)
{
	put(&rig, redis, key, "v", fetched, 0);
	settle(&rig, redis);
}

static void
test_announced(void **state)
{
	struct heard by_a, by_b;

	(void)state;
	watch(a, &by_a);
	watch(b, &by_b);
	put_by(a, "example.com", -10);
	AWAIT(&rig, by_b.n == 1);
	assert_string_equal(by_b.key, "example.com");
	/* Neither what is older nor what was only checked. */
	put_by(b, "example.com", -11);
	put_by(b, "example.com", -10);
	put_by(b, "example.net", -10);
	AWAIT(&rig, by_a.n == 1);
	assert_string_equal(by_a.key, "example.net");
	put_by(a, "example.com", -9);
	AWAIT(&rig, by_b.n == 2);
	assert_int_equal(by_a.n, 1);
	assert_int_equal(stats_of(a).announced, 2);
	assert_int_equal(stats_of(b).announced, 1);
	assert_int_equal(stats_of(b).heard, 2);
	/* Two fetches in one second: the second may have brought another. */
	put(&rig, a, "example.org", "v", -5, -5);
	AWAIT(&rig, by_b.n == 3);
	put(&rig, b, "example.org", "w", -5, -5);
	AWAIT(&rig, by_a.n == 2);
	assert_string_equal(by_a.key, "example.org");
}

static void
test_announcements_of_others(void **state)
{
	static const char token[] = "0123456789abcdef0123456789abcdef";
	struct heard heard;

	(void)state;
	watch(a, &heard);
	server_do(&server, "PUBLISH stsgate:1:changed %s", "");
	server_do(&server, "PUBLISH stsgate:1:changed %s", "x p:y");
	server_do(&server, "PUBLISH stsgate:1:changed %s%s", token, " p:");
	server_do(&server, "PUBLISH stsgate:1:changed %s%s", token, " r:x");
	server_do(&server, "PUBLISH stsgate:1:changed %s%0401d", token, 1);
	server_do(&server, "PUBLISH other:changed %s%s", token, " p:x");
	server_do(&server, "PUBLISH stsgate:1:changed %s%s", token, " p:good");
	AWAIT(&rig, heard.n > 0);
	assert_int_equal(heard.n, 1);
	assert_string_equal(heard.key, "good");
}

/* The channel's connection comes back by itself. */
static void
test_watch_comes_back(void **state)
{
	struct heard heard;

	(void)state;
	watch(a, &heard);
	server_do(&server, "CLIENT KILL TYPE pubsub");
	AWAIT(&rig, (rig_turn(&rig, 20), put_by(b, "example.com", -10),
			server_do(&server, "FLUSHALL"), heard.n > 0));
	assert_string_equal(state_of(a), "ok");
}

static void
test_no_more(void **state)
{
	struct sts_shared shared = sts_redis_shared(a);
	struct heard heard;

	(void)state;
	watch(a, &heard);
	shared.ops->watch(shared.ctx, NULL, NULL);
	put_by(b, "example.com", -10);
	put_by(b, "example.com", -9);
	assert_int_equal(heard.n, 0);
}

struct listed {
	unsigned n;
	int done;
	char text[256];
};

static void
on_each(
    void *arg, struct sts_str domain, struct sts_str holder, int64_t left_ms)
{
	struct listed *listed = arg;
	char shown[128];

	assert_in_range(left_ms, 50000, 60000);
	snprintf(listed->text, sizeof(listed->text), "%.*s %s", (int)domain.n,
	    domain.p, sts_str_escape(holder, shown, sizeof(shown)));
	listed->n++;
}

static void
on_done(void *arg, enum sts_err err)
{
	((struct listed *)arg)->done = (int)err;
}

static struct listed
list(struct sts_redis *redis, size_t limit)
{
	struct listed listed = {.done = -1};

	leases(redis, limit, on_each, on_done, &listed);
	AWAIT(&rig, listed.done != -1);
	assert_int_equal(listed.done, STS_OK);
	return listed;
}

static void
test_listed(void **state)
{
	struct listed listed;
	char key[64];
	unsigned i;

	(void)state;
	assert_int_equal(list(a, 10).n, 0);
	lease(b, "example.com", 60000);
	put_by(a, "example.com", -10);
	server_do(&server, "LPUSH stsgate:1:l:list x");
	server_do(&server, "SET stsgate:1:l:short x");
	listed = list(a, 10);
	assert_int_equal(listed.n, 1);
	assert_string_equal(listed.text, "example.com mx2.example.org\\x0a");
	for (i = 0; i < 700; i++) {
		snprintf(key, sizeof(key), "d%u.example", i);
		lease(a, key, 60000);
	}
	assert_int_equal(list(a, 1000).n, 701);
	assert_int_equal(list(a, 20).n, 20);
	assert_int_equal(list(a, 0).n, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_lease),
	    TEST(test_lease_ends),
	    TEST(test_lease_poisoned),
	    TEST(test_announced),
	    TEST(test_announcements_of_others),
	    TEST(test_watch_comes_back),
	    TEST(test_no_more),
	    TEST(test_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
