/* SPDX-License-Identifier: ISC */
/* What LMDB's file goes through, beside the contract. */
#include <event2/event.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

#define BAD_NAME "stsgate.mdb.bad-1700000000"

static void
restart_keeps_all(void **state_)
{
	struct fixture f;
	struct stat st;
	char key[16];
	int i;

	(void)state_;
	fixture_init(&f, LMDB);
	for (i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(&f, key, key);
	}
	del(&f, "k7");
	fixture_close(&f);
	fixture_open(&f);
	for (i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		if (i != 7)
			assert_found(&f, key, key);
	}
	assert_status(&f, "k7", STS_STORE_MISS);
	assert_string_equal(state(&f), "ok");
	assert_int_equal(stat(f.dir, &st), 0);
	fixture_fini(&f);
}

static void
directory_is_made(void **state_)
{
	struct fixture f;
	struct stat st;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_close(&f);
	strcat(f.dir, "/sub");
	fixture_open(&f);
	assert_int_equal(stat(f.dir, &st), 0);
	assert_int_equal(st.st_mode & 07027, 0);
	put(&f, "a", "1");
	settle(&f);
	assert_int_equal(f.fails, 0);
	fixture_fini(&f);
	*strrchr(f.dir, '/') = '\0';
	remove_dir(&f);
}

struct late {
	unsigned calls;
	enum sts_err err;
};

static void
late_done(void *arg, enum sts_err err)
{
	struct late *late = arg;

	late->calls++;
	late->err = err;
}

/* The loop does not run, so the deadline comes before the commit is heard. */
static void
deadline_answers_temporary(void **state_)
{
	struct sts_store_item item = {
	    sts_str("a"), sts_str("1"), WALL_START + 1000};
	struct late late = {0, STS_OK};
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	f.store.ops->put(f.store.ctx, STS_BUCKET_POLICY, &item, f.mono + 50,
	    late_done, &late);
	assert_int_equal(late.calls, 0);
	turn(&f, 50);
	assert_int_equal(late.calls, 1);
	assert_int_equal(late.err, STS_ETEMP);
	assert_found(&f, "a", "1");
	fixture_close(&f);
	assert_int_equal(late.calls, 1);
	fixture_open(&f);
	assert_found(&f, "a", "1");
	fixture_fini(&f);
}

static void
second_opener_runs_in_memory(void **state_)
{
	struct fixture f, g;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_init(&g, LMDB);
	fixture_close(&g);
	rmdir(g.dir);
	strcpy(g.dir, f.dir);
	put(&f, "a", "1");
	settle(&f);
	fixture_open(&g);
	took(&g, "store-down", "in use by another process");
	assert_string_equal(
	    state(&g), "memory only: in use by another process");
	assert_status(&g, "a", STS_STORE_MISS);
	put(&g, "b", "2");
	assert_int_equal(g.last, STS_ETEMP);
	assert_found(&g, "b", "2");
	turn(&g, 60000);
	assert_int_equal(g.n_lines, 0);
	/* The first one goes: the second takes over with what it has. */
	fixture_close(&f);
	turn(&g, 60000);
	await_state(&g, "ok");
	took(&g, "store-up", "");
	assert_found(&g, "a", "1");
	fixture_close(&g);
	fixture_open(&f);
	assert_found(&f, "b", "2");
	fixture_fini(&f);
	event_base_free(g.base);
}

/* Change a row, or the version, behind the store's back. */
static void
poke(struct fixture *f, const char *table, const char *key, const char *value)
{
	char *path = path_of(f, "stsgate.mdb");
	MDB_val k = {strlen(key), (void *)(uintptr_t)key};
	MDB_val v = {strlen(value), (void *)(uintptr_t)value};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, table, MDB_CREATE, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	free(path);
}

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
	fixture_close(&f);
	poke(&f, "policy", "b", "sixteen octets, and no checksum");
	poke(&f, "policy", "c", "short");
	fixture_open(&f);
	assert_status(&f, "b", STS_STORE_FAILED);
	took(&f, "store-row-damaged", "key=\"b\"");
	assert_int_equal(
	    walked(&f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys)),
	    STS_ETEMP);
	assert_string_equal(keys, "a");
	while (f.n_lines > 0)
		took(&f, "store-row-damaged", "");
	put(&f, "d", "4");
	settle(&f);
	assert_status(&f, "b", STS_STORE_MISS);
	assert_status(&f, "c", STS_STORE_MISS);
	assert_found(&f, "a", "1");
	put(&f, "b", "new");
	settle(&f);
	assert_found(&f, "b", "new");
	assert_int_equal(
	    walked(&f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys)), STS_OK);
	assert_string_equal(keys, "a b d");
	fixture_fini(&f);
}

static size_t
rows(struct fixture *f, const char *table)
{
	char *path = path_of(f, "stsgate.mdb");
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_stat stat;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
	assert_int_equal(mdb_stat(txn, dbi, &stat), 0);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	free(path);
	return stat.ms_entries;
}

static void
sweep_deletes_what_expired_a_day_ago(void **state_)
{
	struct fixture f;
	char key[16];
	int i;

	(void)state_;
	fixture_init(&f, LMDB);
	for (i = 0; i < 700; i++) {
		snprintf(key, sizeof(key), "k%03d", i);
		put_bytes(&f, STS_BUCKET_POLICY, sts_str(key), sts_str("v"),
		    f.wall + (i % 2 ? 60 : 3 * 86400));
	}
	settle(&f);
	f.wall += 120;
	for (i = 0; i < 6; i++) {
		turn(&f, 10000);
		put(&f, "tick", "");
		settle(&f);
	}
	fixture_close(&f);
	assert_int_equal(rows(&f, "policy"), 701);
	fixture_open(&f);
	f.wall += 86400;
	turn(&f, 10000);
	put(&f, "tick", "");
	settle(&f);
	fixture_close(&f);
	assert_int_equal(rows(&f, "policy"), 701 - 128);
	fixture_open(&f);
	for (i = 0; i < 6; i++) {
		turn(&f, 10000);
		put(&f, "tick", "");
		settle(&f);
	}
	assert_found(&f, "k698", "v");
	fixture_close(&f);
	assert_int_equal(rows(&f, "policy"), 351);
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

/* Reads on the loop while the thread commits: for TSan above all. */
static void
reads_while_commits_run(void **state_)
{
	struct fixture f;
	char key[16], value[16], keys[4096];
	int round, i;

	(void)state_;
	fixture_init(&f, LMDB);
	for (round = 0; round < 60; round++) {
		for (i = 0; i < 50; i++) {
			snprintf(key, sizeof(key), "k%02d", i);
			snprintf(value, sizeof(value), "%d-%d", round, i);
			put(&f, key, value);
		}
		for (i = 0; i < 50; i++) {
			snprintf(key, sizeof(key), "k%02d", i);
			snprintf(value, sizeof(value), "%d-%d", round, i);
			assert_found(&f, key, value);
			event_base_loop(f.base, EVLOOP_NONBLOCK);
		}
		walked(&f, STS_BUCKET_POLICY, "", 50, keys, sizeof(keys));
		assert_int_equal(strlen(keys), 50 * 4 - 1);
	}
	settle(&f);
	assert_int_equal(f.fails, 0);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(restart_keeps_all),
	    cmocka_unit_test(directory_is_made),
	    cmocka_unit_test(deadline_answers_temporary),
	    cmocka_unit_test(second_opener_runs_in_memory),
	    cmocka_unit_test(later_version_is_not_touched),
	    cmocka_unit_test(corrupt_file_is_put_aside),
	    cmocka_unit_test(no_version_is_not_ours),
	    cmocka_unit_test(empty_file_is_a_new_store),
	    cmocka_unit_test(damaged_row_fails_once),
	    cmocka_unit_test(sweep_deletes_what_expired_a_day_ago),
	    cmocka_unit_test(sweep_puts_damaged_rows_aside),
	    cmocka_unit_test(reads_while_commits_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
