/* SPDX-License-Identifier: ISC */
/* Parts of hosts under one key. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"
#include "server.h"

#define KEY "stsgate:1:r:day/example.com"

static struct rig rig;
static struct server server;
static struct sts_redis *a, *b;

static int
setup(void **state)
{
	(void)state;
	rig_init(&rig);
	server_start(&server, "");
	a = rig_open(&rig, server.url, NULL);
	b = rig_open(&rig, server.url, NULL);
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
put_at(struct sts_redis *redis, const char *key, const char *part,
    const char *value, int64_t fetched)
{
	struct sts_shared shared = sts_redis_shared(redis);
	int64_t now = rig_wall(&rig);
	struct sts_store_item item = {.key = sts_str(key),
	    .value = sts_str(value),
	    .expiry = now + 3600,
	    .fetched = now + fetched,
	    .checked = now + fetched};

	shared.ops->put_part(shared.ctx, sts_str(part), &item);
	settle(&rig, redis);
}

static void
put_by(struct sts_redis *redis, const char *part, const char *value)
{
	put_at(redis, "day/example.com", part, value, -10);
}

struct seen {
	int err;
	char text[256]; /* "part=value " of each, in their order */
};

static void
each(void *arg, struct sts_str part, const struct sts_store_item *item)
{
	struct seen *seen = arg;
	size_t n = strlen(seen->text);

	assert_true(sts_str_eq(item->key, "day/example.com") ||
		    sts_str_eq(item->key, "day/example.net"));
	(void)snprintf(seen->text + n, sizeof(seen->text) - n, "%.*s=%.*s ",
	    (int)part.n, part.p, (int)item->value.n, item->value.p);
}

static void
done(void *arg, enum sts_err err)
{
	struct seen *seen = arg;

	assert_int_equal(seen->err, -1);
	seen->err = (int)err;
}

static struct seen
look(struct sts_redis *redis, const char *key, size_t limit)
{
	struct sts_shared shared = sts_redis_shared(redis);
	struct seen seen = {.err = -1};

	shared.ops->parts(
	    shared.ctx, sts_str(key), limit, SOON, each, done, &seen);
	AWAIT(&rig, seen.err != -1);
	return seen;
}

static void
assert_parts(const char *text)
{
	struct seen seen = look(b, "day/example.com", 16);

	assert_int_equal(seen.err, STS_OK);
	assert_string_equal(seen.text, text);
}

static void
test_each_its_own(void **state)
{
	(void)state;
	assert_parts("");
	put_by(a, "h:mx1", "one");
	put_by(b, "h:mx2", "two");
	assert_parts("h:mx1=one h:mx2=two ");
	put_by(a, "h:mx1", "more");
	assert_parts("h:mx1=more h:mx2=two ");
	assert_in_range(server_number(&server, "PTTL " KEY), 3590000, 3600000);
	assert_int_equal(look(b, "day/example.com", 1).err, STS_ELIMIT);
	assert_string_equal(look(b, "day/example.com", 1).text, "");
}

static void
test_newest_wins(void **state)
{
	(void)state;
	put_by(a, "h:mx1", "new");
	put_at(a, "day/example.com", "h:mx1", "older", -11);
	assert_parts("h:mx1=new ");
	assert_int_equal(stats_of(a).puts_older, 1);
}

/* From then on the others stay as they are, and no new ones come. */
static void
test_closed(void **state)
{
	(void)state;
	put_by(a, "h:mx1", "one");
	put_by(b, "closed", "by mx2");
	put_at(a, "day/example.com", "h:mx1", "late", 0);
	put_at(a, "day/example.com", "h:mx3", "late", 0);
	put_at(b, "day/example.com", "closed", "again", 0);
	assert_parts("closed=again h:mx1=one ");
}

/* One host's part is not another's, nor another domain's. */
static void
test_swapped(void **state)
{
	redisReply *sealed;

	(void)state;
	put_by(a, "h:mx1", "one");
	sealed = server_ask(&server, "HGET " KEY " h:mx1");
	server_do(
	    &server, "HSET " KEY " h:mx2 %b", sealed->str, (size_t)sealed->len);
	assert_parts("h:mx1=one ");
	rig_took(&rig, "redis-refused", "reason=forged");
	server_do(&server, "HSET stsgate:1:r:day/example.net h:mx1 %b",
	    sealed->str, (size_t)sealed->len);
	assert_string_equal(look(b, "day/example.net", 16).text, "");
	assert_int_equal(stats_of(b).refused, 2);
	freeReplyObject(sealed);
}

/* Whatever lies there does not stand in the way. */
static void
test_poisoned(void **state)
{
	char big[600];

	(void)state;
	server_do(&server, "SET " KEY " x");
	assert_parts("");
	put_by(a, "h:mx1", "one");
	assert_parts("h:mx1=one ");
	server_do(&server, "HSET " KEY " h:mx1 garbage");
	assert_parts("");
	rig_took(&rig, "redis-refused", "reason=syntax");
	put_by(a, "h:mx1", "again");
	assert_parts("h:mx1=again ");
	memset(big, 'x', sizeof(big));
	server_do(&server, "HSET " KEY " %b v", big, sizeof(big));
	server_do(&server, "HSET " KEY " '' v");
	assert_parts("h:mx1=again ");
}

static void
test_huge(void **state)
{
	char *huge = malloc(1000000);

	(void)state;
	memset(huge, 'x', 1000000);
	put_by(a, "h:mx1", "one");
	server_do(&server, "HSET " KEY " h:mx2 %b", huge, (size_t)1000000);
	assert_parts("h:mx1=one ");
	rig_took(&rig, "redis-refused", "reason=syntax");
	server_do(&server, "HDEL " KEY " h:mx2");
	server_do(&server, "HSET " KEY " %b v", huge, (size_t)1000000);
	assert_parts("h:mx1=one ");
	free(huge);
}

static void
test_away(void **state)
{
	struct sts_shared shared = sts_redis_shared(b);
	struct seen seen = {.err = -1};

	(void)state;
	server_signal(&server, SIGSTOP);
	shared.ops->parts(shared.ctx, sts_str("day/example.com"), 16,
	    rig.mono + 50, each, done, &seen);
	rig_turn(&rig, 60);
	assert_int_equal(seen.err, STS_ETEMP);
	server_signal(&server, SIGCONT);
	settle(&rig, b);
	assert_parts("");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_each_its_own, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_newest_wins, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_swapped, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_poisoned, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_huge, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_away, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
