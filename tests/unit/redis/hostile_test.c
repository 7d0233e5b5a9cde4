/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "fake.h"
#include "rig.h"

static struct rig rig;
static struct fake fake;
static struct sts_redis *redis;
static char *good; /* an answer with an item */
static size_t good_n;

static void
make_good(void)
{
	int64_t now = rig_wall(&rig);
	const struct sts_store_item item = {.key = sts_str("example.com"),
	    .value = sts_str("value"),
	    .expiry = now + 3600,
	    .fetched = now - 10,
	    .checked = now - 10};
	struct sts_sealer *sealer = sts_sealer_new(&rig_secrets);
	char *sealed, head[32];
	size_t n, head_n;

	assert_non_null(sealer);
	assert_int_equal(
	    sts_seal(sealer, STS_BUCKET_POLICY, &item, &sealed, &n), STS_OK);
	sts_sealer_free(sealer);
	head_n = (size_t)snprintf(head, sizeof(head), "$%zu\r\n", n);
	good_n = head_n + n + 2;
	good = malloc(good_n);
	memcpy(good, head, head_n);
	memcpy(good + head_n, sealed, n);
	memcpy(good + head_n + n, "\r\n", 2);
	free(sealed);
}

static int
setup(void **state)
{
	(void)state;
	rig_init(&rig);
	fake_open(&fake, rig.base);
	redis = rig_open(&rig, fake.url, NULL);
	await_state(&rig, redis, "ok");
	settle(&rig, redis);
	make_good();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sts_redis_close(redis);
	fake_close(&fake);
	free(good);
	rig_fini(&rig);
	return 0;
}

static void
take_lines(const char *word)
{
	while (rig.n_lines > 0)
		rig_took(&rig, word, "");
}

/* Whatever was said: an honest server is believed soon after. */
static void
assert_back(void)
{
	fake.flood = fake.hang_up = false;
	fake.answer = good;
	fake.n = good_n;
	if (strcmp(state_of(redis), "ok") != 0) {
		take_lines("redis-lost");
		await_state(&rig, redis, "ok");
		rig_took(&rig, "redis-back", "");
		pass(&rig, redis, 10000); /* the back-off begins anew */
	}
	settle(&rig, redis);
	assert_int_equal(
	    got(&rig, redis, "example.com", NULL), STS_STORE_FOUND);
}

static void
say(const char *answer, size_t n, bool then_more)
{
	struct got answered;

	fake.answer = answer;
	fake.n = n;
	fake.flood = then_more;
	get(redis, "example.com", rig.mono + 100, &answered);
	rig.since = rig_ms();
	while (answered.calls == 0) {
		rig_step(&rig, answer, 0);
		if (rig_ms() - rig.since > 20)
			rig_turn(&rig, 100);
	}
	rig_turn(&rig, 1000);
	assert_int_equal(answered.calls, 1);
	assert_int_not_equal(answered.status, STS_STORE_FOUND);
	while (rig.n_lines > 0 && strncmp(rig.lines[0], "redis-lost", 10) != 0)
		rig_took(&rig, "redis-", "");
	assert_back();
}

static void
test_odd_answers(void **state)
{
	const char *odd[] = {"+OK\r\n", ":1\r\n", ":x\r\n", "$-1\r\n",
	    "*-1\r\n", "*0\r\n", "*2\r\n$1\r\na\r\n:1\r\n", "$-5\r\n", "$\r\n",
	    "$x\r\n", "$99999999999999999999\r\n", "*99999999999\r\n",
	    "*2147483647\r\n", "*-2\r\n", "garbage\r\n", "\r\n", "\n",
	    "-ERR no\r\n", "-\r\n", "-READONLY You can't\r\n",
	    "-LOADING wait\r\n", "-NOSCRIPT x\r\n", "$3\r\nabcdef\r\n",
	    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
	    ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
	    "%1\r\n+a\r\n:1\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "(12345\r\n",
	    "=5\r\ntxt:a\r\n", "~1\r\n:1\r\n", "|1\r\n+a\r\n+b\r\n",
	    "!3\r\nERR\r\n", "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
	    "*4097\r\n", "$0\r\n\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		say(odd[i], strlen(odd[i]), false);
	say("\0\0\0\0", 4, false);
	say("+\0\r\n", 4, false);
	say("-\0READONLY \r\n", 13, false);
}

/* At once, not only when there was no answer for long. */
static void
say_too_much(const char *answer, size_t n, bool then_more, const char *state)
{
	struct got answered;

	fake.answer = answer;
	fake.n = n;
	fake.flood = then_more;
	get(redis, "example.com", SOON, &answered);
	AWAIT(&rig, answered.calls > 0);
	assert_string_equal(state_of(redis), state);
	assert_back();
}

/* It may send more than memory holds, in every way there is. */
static void
test_endless(void **state)
{
	const char *head[] = {"$1000000000\r\n", "+", "-", ":", "$", "*",
	    "*4000\r\n$1000000000\r\n", "garbage"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		say(head[i], strlen(head[i]), true);
	say_too_much(
	    "$1000000000\r\n", 13, true, "local only: an answer is too big");
	say_too_much("+", 1, true, "local only: an answer is too big");
}

/* Arrays of arrays: each is small, all of them would be 1000^7. */
static void
test_bomb(void **state)
{
	static char bomb[7 * 4000 + 1];
	size_t i;

	(void)state;
	for (i = 0; i < 4000; i++)
		memcpy(bomb + i * 7, "*1000\r\n", 7);
	say_too_much(bomb, sizeof(bomb) - 1, false,
	    "local only: not the Redis protocol");
	say_too_much(
	    "*4097\r\n", 7, false, "local only: not the Redis protocol");
}

static void
test_cut(void **state)
{
	struct got answered;
	size_t i;

	(void)state;
	for (i = 0; i < good_n; i++) {
		fake.answer = good;
		fake.n = i;
		fake.hang_up = true;
		get(redis, "example.com", SOON, &answered);
		AWAIT(&rig, answered.calls > 0);
		assert_int_equal(answered.status, STS_STORE_FAILED);
		assert_back();
	}
}

static void
test_in_pieces(void **state)
{
	struct got answered;
	unsigned asked;
	size_t i;

	(void)state;
	for (i = 0; i < good_n; i++) {
		fake.answer = good;
		fake.n = i;
		asked = fake.asked;
		get(redis, "example.com", SOON, &answered);
		AWAIT(&rig, fake.asked > asked);
		assert_int_equal(answered.calls, 0);
		fake_say(&fake, good + i, good_n - i);
		AWAIT(&rig, answered.calls > 0);
		assert_int_equal(answered.status, STS_STORE_FOUND);
	}
}

static void
test_unasked(void **state)
{
	const char *words[] = {"+OK\r\n", "-ERR max number of clients\r\n",
	    "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n", ":1\r\n",
	    ">2\r\n+a\r\n+b\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		fake_say(&fake, words[i], strlen(words[i]));
		AWAIT(&rig, strcmp(state_of(redis), "ok") != 0);
		assert_back();
	}
}

static void
on_lease(void *arg, enum sts_lease_status status)
{
	assert_int_not_equal(status, STS_LEASE_MINE);
	++*(unsigned *)arg;
}

static void
on_each(
    void *arg, struct sts_str domain, struct sts_str holder, int64_t left_ms)
{
	(void)arg;
	(void)left_ms;
	fail_msg("%.*s %.*s", (int)domain.n, domain.p, (int)holder.n, holder.p);
}

static void
on_done(void *arg, enum sts_err err)
{
	assert_true(err == STS_OK || err == STS_ETEMP);
	++*(unsigned *)arg;
}

static void
odd_lease(const char *answer)
{
	struct sts_shared shared = sts_redis_shared(redis);
	unsigned calls = 0;

	fake.answer = answer;
	fake.n = strlen(answer);
	shared.ops->lease(
	    shared.ctx, sts_str("x"), 1000, SOON, on_lease, &calls);
	leases(redis, 10, on_each, on_done, &calls);
	shared.ops->release(shared.ctx, sts_str("x"));
	put(&rig, redis, "example.com", "v", -10, -10);
	shared.ops->del(shared.ctx, STS_BUCKET_POLICY, sts_str("x"));
	AWAIT(&rig, calls >= 2 && stats_of(redis).waiting == 0);
	assert_int_equal(calls, 2);
	while (rig.n_lines > 0 && strncmp(rig.lines[0], "redis-lost", 10) != 0)
		rig_took(&rig, "redis-error", "");
	assert_back();
}

static void
test_lease_and_list(void **state)
{
	const char *odd[] = {"+OK\r\n", "$1\r\n1\r\n", "*1\r\n:1\r\n", "*0\r\n",
	    "*4\r\n$1\r\n0\r\n:1\r\n:2\r\n:3\r\n",
	    "*3\r\n$1\r\n0\r\n*0\r\n*0\r\n",
	    "*2\r\n$30\r\n012345678901234567890123456789\r\n*0\r\n",
	    "*4\r\n$1\r\n0\r\n$1\r\na\r\n$1\r\nb\r\n:1\r\n", "-ERR x\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		odd_lease(odd[i]);
}

static void
test_odd_roles(void **state)
{
	const char *roles[] = {"+OK\r\n", "*0\r\n", "*1\r\n$5\r\nslave\r\n",
	    "*1\r\n:1\r\n", ":1\r\n", "$-1\r\n", "-ERR x\r\n",
	    "*1\r\n*1\r\n$6\r\nmaster\r\n", "+master\r\n", "-LOADING x\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		fake.role = roles[i];
		fake_say(&fake, "x", 1);
		AWAIT(&rig, strcmp(state_of(redis), "ok") != 0);
		rig_took(&rig, "redis-lost", "not the Redis protocol");
		await_state(&rig, redis,
		    roles[i][0] != '-'   ? "local only: not a primary"
		    : roles[i][1] == 'E' ? "local only: ERR x"
					 : "local only: LOADING x");
		fake.role = NULL;
		assert_back();
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_odd_answers),
	    TEST(test_endless),
	    TEST(test_bomb),
	    TEST(test_cut),
	    TEST(test_in_pieces),
	    TEST(test_unasked),
	    TEST(test_lease_and_list),
	    TEST(test_odd_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
