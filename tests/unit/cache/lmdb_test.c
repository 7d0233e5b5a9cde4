/* SPDX-License-Identifier: ISC */
/* What LMDB's file goes through, beside the contract. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poke.h"

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

/* THR-11 */
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

/* THR-11: nobody has us write elsewhere. */
static void
no_link_is_followed(void **state_)
{
	struct fixture f;
	char *lock, *other;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_close(&f);
	lock = path_of(&f, "stsgate.lock");
	other = path_of(&f, "other");
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(symlink(other, lock), 0);
	fixture_open(&f);
	took(&f, "store-down", "symbolic link");
	assert_int_not_equal(access(other, F_OK), 0);
	fixture_fini(&f);
	free(lock);
	free(other);
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
	struct sts_store_item item = {.key = sts_str("a"),
	    .value = sts_str("1"),
	    .expiry = WALL_START + 1000};
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

static void
sweep(struct fixture *f, int times)
{
	for (; times > 0; times--) {
		turn(f, 10000);
		put(f, "tick", "");
		settle(f);
	}
}

/* How many rows are left in the file after so many sweeps. */
static size_t
swept(struct fixture *f, int times)
{
	sweep(f, times);
	fixture_close(f);
	return rows(f, "policy");
}

/* Every other one is out of date in a minute. */
static void
put_700(struct fixture *f)
{
	char key[16];
	int i;

	for (i = 0; i < 700; i++) {
		snprintf(key, sizeof(key), "k%03d", i);
		put_bytes(f, STS_BUCKET_POLICY, sts_str(key), sts_str("v"),
		    f->wall + (i % 2 ? 60 : 5 * 86400));
	}
	settle(f);
}

static void
sweep_deletes_what_expired_a_day_ago(void **state_)
{
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	put_700(&f);
	turn(&f, 120000);
	assert_int_equal(swept(&f, 6), 701);
	fixture_open(&f);
	turn(&f, 86400000);
	settle(&f);
	assert_int_equal(swept(&f, 0), 701 - 128);
	fixture_open(&f);
	turn(&f, 86400000);
	assert_int_equal(swept(&f, 6), 351);
	fixture_open(&f);
	assert_found(&f, "k698", "v");
	fixture_fini(&f);
}

/* A wall clock that is a year ahead, and put right within a day (THR-12). */
static void
sweep_does_not_believe_a_clock_that_jumps(void **state_)
{
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	put_700(&f);
	fixture_close(&f);
	/* Ahead at the start, as after a boot. */
	f.wall += 365 * 86400;
	fixture_open(&f);
	turn(&f, 86300000);
	assert_int_equal(swept(&f, 6), 701);
	/* Ahead while it runs, after days of keeping step. */
	f.wall = WALL_START;
	fixture_open(&f);
	turn(&f, 86500000);
	sweep(&f, 6);
	f.wall += 365 * 86400;
	sweep(&f, 6);
	turn(&f, 80000000);
	f.wall -= 365 * 86400;
	assert_int_equal(swept(&f, 6), 351);
	fixture_fini(&f);
}

/* The same where there is no file, and rows are in memory alone. */
static void
sweep_of_memory_does_not_believe_it_either(void **state_)
{
	struct fixture f, g;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_init(&g, LMDB);
	fixture_close(&g);
	rmdir(g.dir);
	strcpy(g.dir, f.dir);
	fixture_open(&g);
	took(&g, "store-down", "in use by another process");
	put_bytes(&g, STS_BUCKET_POLICY, sts_str("a"), sts_str("1"),
	    g.wall + 5 * 86400);
	settle(&g);
	g.wall += 365 * 86400;
	turn(&g, 600000);
	g.wall -= 365 * 86400;
	assert_found(&g, "a", "1");
	fixture_close(&g);
	fixture_fini(&f);
	event_base_free(g.base);
}

/* An older commit of the same key must not uncover the file. */
static void
a_pin_outlives_older_commits(void **state_)
{
	struct fixture f;
	char key[16];
	int i;

	(void)state_;
	fixture_init(&f, LMDB);
	put(&f, "key", "old");
	for (i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(&f, key, key);
	}
	put(&f, "key", "new");
	while (f.owed > 0) {
		assert_found(&f, "key", "new");
		event_base_loop(f.base, EVLOOP_ONCE);
	}
	assert_found(&f, "key", "new");
	fixture_fini(&f);
}

static int syncs;

/* In place of the C library's, for LMDB too. */
int
fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

/* SIGKILL does not show it, but a power loss would. */
static void
commits_reach_the_disk(void **state_)
{
	struct fixture f;
	int before;

	(void)state_;
	fixture_init(&f, LMDB);
	before = syncs;
	put(&f, "a", "1");
	settle(&f);
	assert_true(syncs > before);
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
	    cmocka_unit_test(no_link_is_followed),
	    cmocka_unit_test(deadline_answers_temporary),
	    cmocka_unit_test(second_opener_runs_in_memory),
	    cmocka_unit_test(sweep_deletes_what_expired_a_day_ago),
	    cmocka_unit_test(sweep_does_not_believe_a_clock_that_jumps),
	    cmocka_unit_test(sweep_of_memory_does_not_believe_it_either),
	    cmocka_unit_test(a_pin_outlives_older_commits),
	    cmocka_unit_test(commits_reach_the_disk),
	    cmocka_unit_test(reads_while_commits_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
