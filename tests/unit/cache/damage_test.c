/* SPDX-License-Identifier: ISC */
/* Files that are not as we left them. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "poke.h"

#define BAD_NAME "stsgate.mdb.bad-1700000000"

static void
later_version_is_not_touched(void **state_)
{
	char *path, *before, *after;
	struct fixture f;
	size_t n, m;

	(void)state_;
	fixture_init(&f, LMDB);
	put(&f, "a", "1");
	fixture_close(&f);
	poke(&f, "meta", "version", "2");
	path = path_of(&f, "stsgate.mdb");
	before = slurp(path, &n);
	fixture_open(&f);
	took(&f, "store-down", "later version of stsgate (2)");
	assert_string_equal(
	    state(&f), "memory only: made by a later version of stsgate (2)");
	put(&f, "b", "1");
	assert_int_equal(f.last, STS_ETEMP);
	assert_found(&f, "b", "1");
	turn(&f, 70000);
	fixture_close(&f);
	after = slurp(path, &m);
	assert_int_equal(n, m);
	assert_memory_equal(before, after, n);
	assert_int_equal(names(&f, "stsgate.mdb.bad"), 0);
	free(before);
	free(after);
	free(path);
	fixture_fini(&f);
}

/* A store of 300 rows, closed; its bytes. */
static char *
made(struct fixture *f, size_t *n)
{
	char key[16], *path, *data;
	int i;

	fixture_init(f, LMDB);
	for (i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(f, key, key);
	}
	fixture_close(f);
	path = path_of(f, "stsgate.mdb");
	data = slurp(path, n);
	free(path);
	return data;
}

static void
opens_anew(struct fixture *f, const void *data, size_t n)
{
	char *path = path_of(f, "stsgate.mdb");
	char *bad = path_of(f, BAD_NAME), *kept;
	size_t kept_n;

	spill(path, data, n);
	fixture_open(f);
	took(f, "store-put-aside", "file=" BAD_NAME);
	assert_string_equal(state(f), "ok");
	assert_status(f, "k1", STS_STORE_MISS);
	put(f, "k1", "new");
	settle(f);
	assert_int_equal(f->fails, 0);
	assert_found(f, "k1", "new");
	fixture_close(f);
	kept = slurp(bad, &kept_n);
	assert_int_equal(kept_n, n);
	assert_memory_equal(kept, data, n);
	assert_int_equal(unlink(bad), 0);
	free(kept);
	free(bad);
	free(path);
}

static void
corrupt_file_is_put_aside(void **state_)
{
	struct fixture f;
	size_t n, i;
	char *data = made(&f, &n);

	(void)state_;
	/* Cut short: at each page, and within the header. */
	for (i = 4096; i <= 4 * 4096; i += 4096)
		opens_anew(&f, data, i);
	opens_anew(&f, data, 1);
	opens_anew(&f, data, 4000);
	srandom(1);
	for (i = 0; i < n; i++)
		data[i] = (char)random();
	opens_anew(&f, data, n);
	opens_anew(&f, "plain text\n", 11);
	free(data);
	fixture_fini(&f);
}

static void
no_version_is_not_ours(void **state_)
{
	struct fixture f;
	char *path;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_close(&f);
	path = path_of(&f, "stsgate.mdb");
	assert_int_equal(unlink(path), 0);
	poke(&f, "other", "a", "b");
	fixture_open(&f);
	took(&f, "store-put-aside", "no version");
	assert_string_equal(state(&f), "ok");
	fixture_close(&f);
	poke(&f, "meta", "version", "x1");
	fixture_open(&f);
	took(&f, "store-put-aside", "-1 error=\"no version");
	assert_int_equal(names(&f, "stsgate.mdb.bad"), 2);
	free(path);
	fixture_fini(&f);
}

static void
empty_file_is_a_new_store(void **state_)
{
	struct fixture f;
	char *path;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_close(&f);
	path = path_of(&f, "stsgate.mdb");
	spill(path, "", 0);
	fixture_open(&f);
	assert_string_equal(state(&f), "ok");
	put(&f, "a", "1");
	settle(&f);
	assert_int_equal(f.fails, 0);
	assert_int_equal(names(&f, "stsgate.mdb.bad"), 0);
	free(path);
	fixture_fini(&f);
}

/* Failed, not a miss; then the row is out of the way. */
static void
damaged_row_fails_once(void **state_)
{
	struct fixture f;
	char keys[64];

	(void)state_;
	fixture_init(&f, LMDB);
	put(&f, "a", "1");
	put(&f, "b", "2");
	put(&f, "c", "3");
	put(&f, "f", "4");
	fixture_close(&f);
	flip(&f, "f");
	poke(&f, "policy", "b", "sixteen octets, and no checksum");
	poke(&f, "policy", "c", "short");
	fixture_open(&f);
	assert_status(&f, "b", STS_STORE_FAILED);
	took(&f, "store-row-damaged", "key=\"b\"");
	/* What is written later comes after the row has been put aside. */
	put(&f, "d", "4");
	settle(&f);
	assert_status(&f, "b", STS_STORE_MISS);
	assert_int_equal(
	    walked(&f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys)),
	    STS_ETEMP);
	assert_string_equal(keys, "a d");
	took(&f, "store-row-damaged", "key=\"c\"");
	took(&f, "store-row-damaged", "key=\"f\"");
	put(&f, "b", "new");
	settle(&f);
	assert_found(&f, "a", "1");
	assert_found(&f, "b", "new");
	assert_status(&f, "c", STS_STORE_MISS);
	assert_int_equal(
	    walked(&f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys)), STS_OK);
	assert_string_equal(keys, "a b d");
	fixture_fini(&f);
}

static void
sweep_puts_damaged_rows_aside(void **state_)
{
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	put(&f, "a", "1");
	fixture_close(&f);
	poke(&f, "policy", "b", "sixteen octets, and no checksum");
	fixture_open(&f);
	turn(&f, 10000);
	put(&f, "tick", "");
	settle(&f);
	assert_status(&f, "b", STS_STORE_MISS);
	fixture_close(&f);
	assert_int_equal(rows(&f, "aside"), 1);
	assert_int_equal(rows(&f, "policy"), 2);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(later_version_is_not_touched),
	    cmocka_unit_test(corrupt_file_is_put_aside),
	    cmocka_unit_test(no_version_is_not_ours),
	    cmocka_unit_test(empty_file_is_a_new_store),
	    cmocka_unit_test(damaged_row_fails_once),
	    cmocka_unit_test(sweep_puts_damaged_rows_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
