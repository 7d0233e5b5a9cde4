/* SPDX-License-Identifier: ISC */
/* A disk that is full or cannot be written. No privileges, and none needed. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poke.h"

#define NOBODY 65534

/* No file may grow past n octets: a write beyond gets EFBIG. */
static void
limit_files(rlim_t n)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
put_many(struct fixture *f, int from, int to)
{
	static char value[4000];
	char key[16];
	int i;

	memset(value, 'v', sizeof(value) - 1);
	for (i = from; i < to; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(f, key, value);
	}
}

static void
assert_many(struct fixture *f, int to)
{
	char key[16];
	struct got got;
	int i;

	for (i = 0; i < to; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		if (get_bytes(f, STS_BUCKET_POLICY, sts_str(key), &got) !=
		    STS_STORE_FOUND)
			fail_msg("%s is lost", key);
		assert_int_equal(got.n, 3999);
		got_free(&got);
	}
}

static void
full_disk(void **state_)
{
	struct fixture f;
	char keys[400];

	(void)state_;
	fixture_init(&f, LMDB);
	put_many(&f, 0, 20);
	settle(&f);
	assert_int_equal(f.fails, 0);

	limit_files(160 * 1024);
	put_many(&f, 20, 60);
	settle(&f);
	/* Which of the batches still found room is chance. */
	assert_true(f.fails > 0);
	took(&f, "store-down", "");
	assert_non_null(strstr(state(&f), "memory only: "));
	assert_many(&f, 60);

	/* What is new stays in memory, and the answer comes at once. */
	put(&f, "new", "1");
	assert_int_equal(f.owed, 0);
	assert_int_equal(f.last, STS_ETEMP);
	assert_found(&f, "new", "1");
	del(&f, "k3");
	assert_status(&f, "k3", STS_STORE_MISS);
	put(&f, "k3", "v3");
	assert_int_equal(
	    walked(&f, STS_BUCKET_POLICY, "k58", 9, keys, sizeof(keys)),
	    STS_OK);
	assert_string_equal(keys, "k59 k6 k7 k8 k9 new");

	/* Retries fail quietly, later and later. */
	turn(&f, 1000);
	put(&f, "more", "1");
	settle(&f);
	turn(&f, 60000);
	put(&f, "more", "2");
	settle(&f);
	/* But the reason may differ: a write cut short is an I/O error. */
	while (f.n_lines > 0)
		took(&f, "store-down", "");

	limit_files(RLIM_INFINITY);
	turn(&f, 60000);
	await_state(&f, "ok");
	took(&f, "store-up", "");
	put(&f, "last", "1");
	f.fails = 0;
	settle(&f);
	assert_int_equal(f.fails, 0);
	fixture_close(&f);
	fixture_open(&f);
	assert_found(&f, "k3", "v3");
	put_many(&f, 3, 4);
	assert_many(&f, 60);
	assert_found(&f, "new", "1");
	assert_found(&f, "more", "2");
	assert_found(&f, "last", "1");
	settle(&f);
	fixture_fini(&f);
}

/* A last try at close, when there is room again by then. */
static void
full_disk_until_close(void **state_)
{
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	limit_files(64 * 1024);
	put_many(&f, 0, 60);
	settle(&f);
	took(&f, "store-down", "");
	limit_files(RLIM_INFINITY);
	fixture_close(&f);
	took(&f, "store-up", "");
	fixture_open(&f);
	assert_many(&f, 60);
	fixture_fini(&f);
}

/* Not even a new store fits. */
static void
full_disk_from_the_start(void **state_)
{
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_close(&f);
	remove_dir(&f);
	limit_files(0);
	fixture_open(&f);
	took(&f, "store-down", "disk full");
	assert_status(&f, "a", STS_STORE_MISS);
	put(&f, "a", "1");
	assert_int_equal(f.last, STS_ETEMP);
	assert_found(&f, "a", "1");
	limit_files(RLIM_INFINITY);
	turn(&f, 60000);
	await_state(&f, "ok");
	took(&f, "store-up", "");
	fixture_close(&f);
	fixture_open(&f);
	assert_found(&f, "a", "1");
	fixture_fini(&f);
}

static void
read_only_steps(struct fixture *f)
{
	char keys[64];

	chmod(f->dir, 0555);
	fixture_open(f);
	took(f, "store-down", "read-only");
	assert_string_equal(state(f), "memory only: read-only");
	assert_found(f, "a", "1");
	assert_status(f, "x", STS_STORE_MISS);
	put(f, "a", "2");
	assert_int_equal(f->last, STS_ETEMP);
	put(f, "b", "1");
	assert_found(f, "a", "2");
	walked(f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys));
	assert_string_equal(keys, "a b");
	turn(f, 60000);
	assert_found(f, "a", "2");
	assert_int_equal(f->n_lines, 0);
}

static void
read_only(void **state_)
{
	struct fixture f;
	char *path;

	(void)state_;
	fixture_init(&f, LMDB);
	put(&f, "a", "1");
	settle(&f);
	fixture_close(&f);
	path = path_of(&f, "stsgate.mdb");
	chmod(path, 0444);
	read_only_steps(&f);
	chmod(path, 0644);
	chmod(f.dir, 0755);
	turn(&f, 60000);
	await_state(&f, "ok");
	took(&f, "store-up", "");
	fixture_close(&f);
	fixture_open(&f);
	assert_found(&f, "a", "2");
	assert_found(&f, "b", "1");
	free(path);
	fixture_fini(&f);
}

/* Where the directory cannot even be made. */
static void
no_directory(void **state_)
{
	struct fixture f;

	(void)state_;
	fixture_init(&f, LMDB);
	fixture_close(&f);
	strcat(f.dir, "/no/such");
	fixture_open(&f);
	took(&f, "store-down", "No such file");
	assert_status(&f, "a", STS_STORE_MISS);
	put(&f, "a", "1");
	assert_int_equal(f.last, STS_ETEMP);
	assert_found(&f, "a", "1");
	fixture_close(&f);
	*strstr(f.dir, "/no") = '\0';
	fixture_fini(&f);
}

/* A file that was open and is gone for us: it may hold the key. */
static void
lost_file_is_a_failure(void **state_)
{
	struct fixture f;
	char keys[64], *path;

	(void)state_;
	fixture_init(&f, LMDB);
	put(&f, "a", "1");
	settle(&f);
	path = path_of(&f, "stsgate.mdb");
	limit_files(8192);
	put_many(&f, 0, 5);
	settle(&f);
	took(&f, "store-down", "");
	chmod(path, 0);
	turn(&f, 60000);
	took(&f, "store-down", "read-only");
	assert_status(&f, "a", STS_STORE_FAILED);
	assert_many(&f, 5);
	assert_int_equal(
	    walked(&f, STS_BUCKET_POLICY, "", 9, keys, sizeof(keys)),
	    STS_ETEMP);
	assert_string_equal(keys, "k0 k1 k2 k3 k4");
	chmod(path, 0644);
	limit_files(RLIM_INFINITY);
	turn(&f, 60000);
	await_state(&f, "ok");
	took(&f, "store-up", "");
	assert_found(&f, "a", "1");
	free(path);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(full_disk),
	    cmocka_unit_test(full_disk_until_close),
	    cmocka_unit_test(full_disk_from_the_start),
	    cmocka_unit_test(read_only),
	    cmocka_unit_test(no_directory),
	    cmocka_unit_test(lost_file_is_a_failure),
	};

	int failed;

	signal(SIGXFSZ, SIG_IGN);
	/* Root may write where nobody may: be nobody. */
	if (geteuid() == 0 && seteuid(NOBODY) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	/* A leak checker looks into the process as who started it. */
	if (getuid() == 0 &&
	    (seteuid(0) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0))
		return 1;
	return failed;
}
