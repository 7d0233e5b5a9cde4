/* SPDX-License-Identifier: ISC */
/* The contract of store.h: every case over every backend. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

static void
unknown_is_a_miss(struct fixture *f)
{
	assert_status(f, "a.example", STS_STORE_MISS);
	assert_string_equal(state(f), "ok");
}

static void
a_put_is_seen_at_once(struct fixture *f)
{
	put(f, "a.example", "one");
	assert_found(f, "a.example", "one");
	put(f, "a.example", "two");
	assert_found(f, "a.example", "two");
	settle(f);
	assert_int_equal(f->fails, 0);
	assert_found(f, "a.example", "two");
}

static void
a_del_is_seen_at_once(struct fixture *f)
{
	put(f, "a.example", "one");
	settle(f);
	del(f, "a.example");
	assert_status(f, "a.example", STS_STORE_MISS);
	settle(f);
	assert_status(f, "a.example", STS_STORE_MISS);
	del(f, "a.example");
	del(f, "never.example");
	settle(f);
	assert_int_equal(f->fails, 0);
}

static void
expiry_is_the_first_second_without(struct fixture *f)
{
	struct sts_str a = sts_str("a"), b = sts_str("b");
	char keys[64];

	put_bytes(f, STS_BUCKET_POLICY, a, a, f->wall + 10);
	put_bytes(f, STS_BUCKET_POLICY, b, b, f->wall);
	assert_status(f, "b", STS_STORE_MISS);
	settle(f);
	assert_status(f, "b", STS_STORE_MISS);
	f->wall += 9;
	assert_found(f, "a", "a");
	assert_int_equal(
	    walked(f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys)), STS_OK);
	assert_string_equal(keys, "a");
	f->wall += 1;
	assert_status(f, "a", STS_STORE_MISS);
	walked(f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys));
	assert_string_equal(keys, "");
	put(f, "a", "again");
	assert_found(f, "a", "again");
	settle(f);
}

static void
expiry_is_told(struct fixture *f)
{
	struct got got;
	int64_t expiry = f->wall + 31557600;

	put_bytes(f, STS_BUCKET_POLICY, sts_str("a"), sts_str("v"), expiry);
	get_bytes(f, STS_BUCKET_POLICY, sts_str("a"), &got);
	assert_true(got.expiry == expiry);
	got_free(&got);
	settle(f);
	get_bytes(f, STS_BUCKET_POLICY, sts_str("a"), &got);
	assert_true(got.expiry == expiry);
	got_free(&got);
}

static void
buckets_are_apart(struct fixture *f)
{
	struct got got;

	put(f, "a", "policy");
	put_bytes(
	    f, STS_BUCKET_REPORT, sts_str("a"), sts_str("report"), f->wall + 9);
	settle(f);
	assert_found(f, "a", "policy");
	assert_int_equal(get_bytes(f, STS_BUCKET_REPORT, sts_str("a"), &got),
	    STS_STORE_FOUND);
	assert_string_equal(got.value, "report");
	got_free(&got);
	del(f, "a");
	assert_int_equal(get_bytes(f, STS_BUCKET_REPORT, sts_str("a"), &got),
	    STS_STORE_FOUND);
	got_free(&got);
	settle(f);
}

static void
any_octets_will_do(struct fixture *f)
{
	static const char bytes[] = "\0k\xff\0\n";
	struct sts_str key = {bytes, 5}, shorter = {bytes, 4};
	struct got got;

	put_bytes(f, STS_BUCKET_POLICY, key, key, f->wall + 9);
	settle(f);
	assert_int_equal(
	    get_bytes(f, STS_BUCKET_POLICY, key, &got), STS_STORE_FOUND);
	assert_int_equal(got.n, 5);
	assert_memory_equal(got.value, bytes, 5);
	got_free(&got);
	assert_int_equal(
	    get_bytes(f, STS_BUCKET_POLICY, shorter, &got), STS_STORE_MISS);
}

static void
sizes(struct fixture *f)
{
	char *big = calloc(1, STS_STORE_VALUE_MAX + 1);
	struct sts_str longest = {big, STS_STORE_KEY_MAX};
	struct sts_str too_long = {big, STS_STORE_KEY_MAX + 1};
	struct sts_str most = {big, STS_STORE_VALUE_MAX};
	struct sts_str too_much = {big, STS_STORE_VALUE_MAX + 1};
	struct got got;

	assert_non_null(big);
	memset(big, 'b', STS_STORE_VALUE_MAX + 1);
	put_bytes(f, STS_BUCKET_POLICY, longest, most, f->wall + 9);
	put_bytes(f, STS_BUCKET_POLICY, sts_str("e"), sts_str(""), f->wall + 9);
	settle(f);
	assert_int_equal(f->fails, 0);
	assert_found(f, "e", "");
	assert_int_equal(
	    get_bytes(f, STS_BUCKET_POLICY, longest, &got), STS_STORE_FOUND);
	assert_int_equal(got.n, STS_STORE_VALUE_MAX);
	assert_memory_equal(got.value, big, got.n);
	got_free(&got);

	put_bytes(f, STS_BUCKET_POLICY, too_long, sts_str(""), f->wall + 9);
	assert_int_equal(f->last, STS_EINVAL);
	put_bytes(f, STS_BUCKET_POLICY, sts_str("k"), too_much, f->wall + 9);
	assert_int_equal(f->last, STS_EINVAL);
	put_bytes(f, STS_BUCKET_POLICY, sts_str(""), sts_str("v"), f->wall + 9);
	assert_int_equal(f->last, STS_EINVAL);
	assert_int_equal(f->fails, 3);
	/* No put takes such a key, so it is known not to be there. */
	assert_int_equal(
	    get_bytes(f, STS_BUCKET_POLICY, too_long, &got), STS_STORE_MISS);
	assert_status(f, "", STS_STORE_MISS);
	assert_status(f, "k", STS_STORE_MISS);
	del(f, "");
	settle(f);
	assert_int_equal(f->fails, 3);
	free(big);
}

static void
walk_is_ordered_and_bounded(struct fixture *f)
{
	char long_key[500], keys[64];

	put(f, "b", "1");
	put(f, "stop", "1");
	settle(f);
	put(f, "a", "1");
	put(f, "ab", "1");
	put(f, "b", "2");
	put(f, "t", "1");
	del(f, "never");
	walked(f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys));
	assert_string_equal(keys, "a ab b stop");
	settle(f);
	walked(f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys));
	assert_string_equal(keys, "a ab b stop");
	walked(f, STS_BUCKET_POLICY, "", 2, keys, sizeof(keys));
	assert_string_equal(keys, "a ab");
	walked(f, STS_BUCKET_POLICY, "ab", 1, keys, sizeof(keys));
	assert_string_equal(keys, "b");
	walked(f, STS_BUCKET_POLICY, "aa", 1, keys, sizeof(keys));
	assert_string_equal(keys, "ab");
	walked(f, STS_BUCKET_POLICY, "t", 9, keys, sizeof(keys));
	assert_string_equal(keys, "");
	walked(f, STS_BUCKET_POLICY, "", 0, keys, sizeof(keys));
	assert_string_equal(keys, "");
	memset(long_key, 'b', sizeof(long_key));
	long_key[sizeof(long_key) - 1] = '\0';
	walked(f, STS_BUCKET_POLICY, long_key, 9, keys, sizeof(keys));
	assert_string_equal(keys, "stop");
	del(f, "b");
	walked(f, STS_BUCKET_POLICY, "", 3, keys, sizeof(keys));
	assert_string_equal(keys, "a ab stop");
	walked(f, STS_BUCKET_REPORT, "", 3, keys, sizeof(keys));
	assert_string_equal(keys, "");
	settle(f);
}

/* An item lives until its callback returns, whatever is done in there. */
static void
rewrite(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct fixture *f = arg;

	assert_int_equal(status, STS_STORE_FOUND);
	put(f, "a", "new");
	assert_found(f, "a", "new");
	assert_found(f, "b", "other");
	del(f, "a");
	assert_status(f, "a", STS_STORE_MISS);
	assert_int_equal(item->value.n, 3);
	assert_memory_equal(item->value.p, "old", 3);
	assert_memory_equal(item->key.p, "a", 1);
}

static void
callbacks_may_use_the_store(struct fixture *f)
{
	int round;

	put(f, "b", "other");
	for (round = 0; round < 2; round++) {
		put(f, "a", "old");
		if (round == 1)
			settle(f);
		f->store.ops->get(f->store.ctx, STS_BUCKET_POLICY, sts_str("a"),
		    FAR, rewrite, f);
		settle(f);
		assert_status(f, "a", STS_STORE_MISS);
	}
	assert_int_equal(f->fails, 0);
}

static void
chain(void *arg, enum sts_err err)
{
	struct fixture *f = arg;

	assert_int_equal(err, STS_OK);
	put(f, "second", "2");
	f->owed--;
}

static void
done_may_put(struct fixture *f)
{
	struct sts_store_item item = {.key = sts_str("first"),
	    .value = sts_str("1"),
	    .expiry = f->wall + 9};

	f->owed++;
	f->store.ops->put(
	    f->store.ctx, STS_BUCKET_POLICY, &item, FAR, chain, f);
	settle(f);
	assert_found(f, "second", "2");
	assert_int_equal(f->fails, 0);
}

static void
callbacks_may_be_missing(struct fixture *f)
{
	struct sts_store_item item = {
	    .key = sts_str("a"), .value = sts_str("1"), .expiry = f->wall + 9};

	f->store.ops->put(
	    f->store.ctx, STS_BUCKET_POLICY, &item, FAR, NULL, NULL);
	assert_found(f, "a", "1");
	f->store.ops->del(
	    f->store.ctx, STS_BUCKET_POLICY, sts_str("a"), FAR, NULL, NULL);
	assert_status(f, "a", STS_STORE_MISS);
	item.key = sts_str("");
	f->store.ops->put(
	    f->store.ctx, STS_BUCKET_POLICY, &item, FAR, NULL, NULL);
}

static void
close_answers_what_is_owed(struct fixture *f)
{
	char key[16];
	int i;

	for (i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(f, key, key);
	}
	fixture_close(f);
	assert_int_equal(f->owed, 0);
	assert_int_equal(f->fails, 0);
}

struct test_case {
	const char *name;
	void (*run)(struct fixture *f);
};

#define CASE(f)       \
	{             \
#f, f \
	}
static const struct test_case cases[] = {CASE(unknown_is_a_miss),
    CASE(a_put_is_seen_at_once), CASE(a_del_is_seen_at_once),
    CASE(expiry_is_the_first_second_without), CASE(expiry_is_told),
    CASE(buckets_are_apart), CASE(any_octets_will_do), CASE(sizes),
    CASE(walk_is_ordered_and_bounded), CASE(callbacks_may_use_the_store),
    CASE(done_may_put), CASE(callbacks_may_be_missing),
    CASE(close_answers_what_is_owed), CASE(random_steps)};

#define CASES (sizeof(cases) / sizeof(cases[0]))

struct plan {
	const struct test_case *test;
	enum backend backend;
	char name[80];
};

static void
run(void **state)
{
	struct plan *plan = *state;
	struct fixture f;

	fixture_init(&f, plan->backend);
	plan->test->run(&f);
	fixture_fini(&f);
}

int
main(void)
{
	static const char *const names[BACKENDS] = {"memory", "lmdb", "two"};
	static struct plan plans[CASES * BACKENDS];
	static struct CMUnitTest tests[CASES * BACKENDS];
	size_t i;

	for (i = 0; i < CASES * BACKENDS; i++) {
		plans[i].test = &cases[i % CASES];
		plans[i].backend = (enum backend)(i / CASES);
		snprintf(plans[i].name, sizeof(plans[i].name), "%s: %s",
		    names[plans[i].backend], plans[i].test->name);
		tests[i].name = plans[i].name;
		tests[i].test_func = run;
		tests[i].initial_state = &plans[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
