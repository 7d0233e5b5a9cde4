/* SPDX-License-Identifier: ISC */
/* A store of two levels; what every store does is in contract_test.c. */
#include "second.h"

static void
begin(struct fixture *f)
{
	fixture_init(f, TWO);
	f->second->item = (struct sts_store_item){.key = sts_str("a"),
	    .value = sts_str("theirs"),
	    .expiry = FAR,
	    .fetched = 7,
	    .checked = 8};
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	*(struct sts_store_item *)arg =
	    status == STS_STORE_FOUND ? *item : (struct sts_store_item){0};
}

static void
ours_is_asked_first(void **state)
{
	struct sts_store_item got = {0};
	struct fixture f;

	(void)state;
	begin(&f);
	f.second->status = STS_STORE_FOUND;
	put(&f, "a", "ours");
	assert_found(&f, "a", "ours");
	assert_int_equal(f.second->gets, 0);
	f.store.ops->get(
	    f.store.ctx, STS_BUCKET_POLICY, sts_str("a"), FAR, on_got, &got);
	assert_false(got.foreign);
	fixture_fini(&f);
}

static void
what_is_missed_is_had_from_the_others(void **state)
{
	struct sts_store_item got = {0};
	struct fixture f;

	(void)state;
	begin(&f);
	f.second->status = STS_STORE_FOUND;
	f.store.ops->get(
	    f.store.ctx, STS_BUCKET_POLICY, sts_str("a"), FAR, on_got, &got);
	assert_true(got.foreign);
	assert_true(sts_str_eq(got.value, "theirs"));
	assert_int_equal(got.fetched, 7);
	assert_int_equal(got.checked, 8);
	/* Within the wait, and never after who asks. */
	assert_int_equal(f.second->deadline, f.mono + SECOND_WAIT);
	f.store.ops->get(f.store.ctx, STS_BUCKET_POLICY, sts_str("a"),
	    f.mono + 3, on_got, &got);
	assert_int_equal(f.second->deadline, f.mono + 3);
	/* It is for the caller to keep it. */
	f.second->status = STS_STORE_MISS;
	assert_status(&f, "a", STS_STORE_MISS);
	fixture_fini(&f);
}

/* The others away: a host alone, which has no such policy. */
static void
their_failure_is_a_miss(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	f.second->status = STS_STORE_FAILED;
	assert_status(&f, "a", STS_STORE_MISS);
	fixture_fini(&f);
}

static void
fail_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	(void)ctx;
	(void)bucket;
	(void)key;
	(void)deadline;
	cb(arg, STS_STORE_FAILED, NULL);
}

static void
no_close(void *ctx)
{
	(void)ctx;
}

/* A policy may be in our own store: a failure stays one. */
static void
our_failure_is_none_of_theirs(void **state)
{
	static const struct sts_store_ops broken = {
	    .get = fail_get, .close = no_close};
	struct fixture f;

	(void)state;
	fixture_init(&f, MEMORY);
	f.store.ops->close(f.store.ctx);
	f.store = (struct sts_store){&broken, NULL};
	put_second(&f);
	assert_status(&f, "a", STS_STORE_FAILED);
	f.second->status = STS_STORE_FAILED;
	assert_status(&f, "a", STS_STORE_FAILED);
	/* Theirs may be weaker than ours. */
	f.second->status = STS_STORE_FOUND;
	f.second->item = (struct sts_store_item){
	    .key = sts_str("a"), .value = sts_str("theirs"), .expiry = FAR};
	assert_status(&f, "a", STS_STORE_FAILED);
	fixture_fini(&f);
}

static void
what_is_fetched_goes_to_both(void **state)
{
	struct sts_store_item item = {.key = sts_str("a"),
	    .value = sts_str("1"),
	    .expiry = FAR,
	    .fetched = 5,
	    .checked = 6,
	    .ends = 1000};
	struct fixture f;

	(void)state;
	begin(&f);
	f.store.ops->put(
	    f.store.ctx, STS_BUCKET_POLICY, &item, FAR, NULL, NULL);
	assert_int_equal(f.second->puts, 1);
	assert_int_equal(f.second->put.fetched, 5);
	assert_int_equal(f.second->put.checked, 6);
	assert_int_equal(f.second->put.expiry, 1000);
	assert_found(&f, "a", "1");
	/* A mark of this host is not for others. */
	item.fetched = 0;
	f.store.ops->put(
	    f.store.ctx, STS_BUCKET_POLICY, &item, FAR, NULL, NULL);
	assert_int_equal(f.second->puts, 1);
	del(&f, "a");
	assert_int_equal(f.second->dels, 1);
	settle(&f);
	fixture_fini(&f);
}

/* Counters of one host are nobody else's. */
static void
reports_stay_here(void **state)
{
	struct sts_store_item item = {.key = sts_str("a"),
	    .value = sts_str("1"),
	    .expiry = FAR,
	    .fetched = 5};
	struct got got;
	struct fixture f;

	(void)state;
	begin(&f);
	f.second->status = STS_STORE_FOUND;
	f.store.ops->put(
	    f.store.ctx, STS_BUCKET_REPORT, &item, FAR, NULL, NULL);
	f.store.ops->del(
	    f.store.ctx, STS_BUCKET_REPORT, sts_str("a"), FAR, NULL, NULL);
	assert_int_equal(get_bytes(&f, STS_BUCKET_REPORT, sts_str("a"), &got),
	    STS_STORE_MISS);
	got_free(&got);
	assert_int_equal(f.second->gets + f.second->puts + f.second->dels, 0);
	fixture_fini(&f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ours_is_asked_first),
	    cmocka_unit_test(what_is_missed_is_had_from_the_others),
	    cmocka_unit_test(their_failure_is_a_miss),
	    cmocka_unit_test(our_failure_is_none_of_theirs),
	    cmocka_unit_test(what_is_fetched_goes_to_both),
	    cmocka_unit_test(reports_stay_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
