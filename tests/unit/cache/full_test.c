/* SPDX-License-Identifier: ISC */
/* A map that is full: what expired long ago makes room. */
#include <lmdb.h>
#include <stdio.h>
#include <string.h>

#include "poke.h"

#define MAP  ((size_t)256 * 1024)
#define DAY  ((int64_t)86400)
#define OLD  (f.wall - 2 * DAY) /* swept, if the clock is to be believed */
#define LONG (f.wall + 100 * DAY)

int __real_mdb_env_set_mapsize(MDB_env *env, size_t size);
int __wrap_mdb_env_set_mapsize(MDB_env *env, size_t size);

static struct fixture f;

int
__wrap_mdb_env_set_mapsize(MDB_env *env, size_t size)
{
	(void)size;
	return __real_mdb_env_set_mapsize(env, MAP);
}

static void
put_row(int i, int64_t expiry, size_t size)
{
	static char value[4000];
	char key[16];

	memset(value, 'v', sizeof(value));
	snprintf(key, sizeof(key), "k%03d", i);
	put_bytes(&f, STS_BUCKET_POLICY, sts_str(key),
	    (struct sts_str){value, size}, expiry);
	settle(&f);
}

/* One after the other, until one more finds no room; the next one's number. */
static int
fill(int from, int64_t expiry, size_t size)
{
	f.fails = 0;
	while (f.fails == 0) {
		assert_true(from < 1000);
		put_row(from++, expiry, size);
	}
	return from;
}

static void
assert_rows(int from, int to, enum sts_store_status status)
{
	char key[16];

	for (; from < to; from++) {
		snprintf(key, sizeof(key), "k%03d", from);
		assert_status(&f, key, status);
	}
}

/* Until there is none after a retry either. */
static int
fill_up(int n, int64_t expiry, size_t size)
{
	do {
		n = fill(n, expiry, size);
		took(&f, "store-down", "error=\"store full\"");
		turn(&f, 60000);
		put_row(n++, expiry, size);
		if (f.last == STS_OK)
			took(&f, "store-up", "");
	} while (f.last == STS_OK);
	return n;
}

/* As it is in a file that was opened long ago. */
static void
be_steady(void)
{
	for (int i = 0; i < 25; i++)
		turn(&f, 3600000);
	settle(&f);
}

static void
room_is_made(size_t size)
{
	int i, n;

	be_steady();
	put_row(0, LONG, size);
	put_row(1, OLD, size);
	n = fill(2, OLD, size);
	took(&f, "store-down", "error=\"store full\"");
	put_row(n, LONG, size);
	assert_int_equal(f.last, STS_ETEMP);

	turn(&f, 1000);
	await_state(&f, "ok");
	took(&f, "store-up", "");
	for (i = n + 1; i < n + n / 2; i++) {
		put_row(i, LONG, size);
		assert_int_equal(f.last, STS_OK);
	}
	fixture_close(&f);
	/* The one that found no room was put after the others went. */
	assert_int_equal(rows(&f, "policy"), i - n + 2);
	fixture_open(&f);
	assert_rows(0, 1, STS_STORE_FOUND);
	assert_rows(1, n, STS_STORE_MISS);
	assert_rows(n, i, STS_STORE_FOUND);
}

/* A row is a page of its own, or many are in one. */
static void
large_rows(void **state_)
{
	(void)state_;
	room_is_made(4000);
}

static void
small_rows(void **state_)
{
	(void)state_;
	room_is_made(1000);
}

/* None of them has expired: memory, until somebody acts, and told once. */
static void
stays_full(void **state_)
{
	int n;

	(void)state_;
	be_steady();
	n = fill_up(0, LONG, 1000);
	for (int i = 0; i < 10; i++) {
		turn(&f, 60000);
		settle(&f);
		put_row(n++, LONG, 1000);
		assert_int_equal(f.last, STS_ETEMP);
	}
	assert_string_equal(state(&f), "memory only: store full");
	assert_rows(0, n, STS_STORE_FOUND);
}

/* In each page one that is to go: to write all these pages anew takes more room
 * than there is. */
static void
scattered(void **state_)
{
	int i, n = 0, old = 0;

	(void)state_;
	be_steady();
	for (f.fails = 0; f.fails == 0; n++) {
		put_row(n, n % 4 == 0 ? OLD : LONG, 900);
		old += n % 4 == 0 && f.fails == 0 ? 1 : 0;
	}
	took(&f, "store-down", "error=\"store full\"");
	turn(&f, 60000);
	await_state(&f, "ok");
	took(&f, "store-up", "");
	fixture_close(&f);
	assert_int_equal(rows(&f, "policy"), n - old);
	fixture_open(&f);
	for (i = 0; i < n; i++)
		if (i % 4 != 0)
			assert_rows(i, i + 1, STS_STORE_FOUND);
}

/* By a clock that may be wrong nothing is deleted, not even then. */
static void
wrong_clock(void **state_)
{
	int n;

	(void)state_;
	be_steady();
	n = fill_up(0, LONG, 1000);
	f.wall += 200 * DAY;
	turn(&f, 60000);
	put_row(n, LONG, 1000);
	assert_int_equal(f.last, STS_ETEMP);
	f.wall -= 200 * DAY;
	assert_rows(0, n, STS_STORE_FOUND);
}

static int
begin(void **state_)
{
	(void)state_;
	fixture_init(&f, LMDB);
	return 0;
}

static int
end(void **state_)
{
	(void)state_;
	fixture_fini(&f);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(large_rows, begin, end),
	    cmocka_unit_test_setup_teardown(small_rows, begin, end),
	    cmocka_unit_test_setup_teardown(scattered, begin, end),
	    cmocka_unit_test_setup_teardown(stays_full, begin, end),
	    cmocka_unit_test_setup_teardown(wrong_clock, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
