/* SPDX-License-Identifier: ISC */
/*
 * Whatever stands in the file, opening the store and reading all of it ends
 * well: damage is found before LMDB maps it, or is a row that fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poke.h"

#define ROWS   400
#define ROUNDS 300

/* Rows of all sizes, and pages that are free again. */
static char *
made(struct fixture *f, size_t *n)
{
	static char value[20000];
	struct sts_str v = {value, 0};
	char key[16], *path, *data;
	int round, i;

	memset(value, 'v', sizeof(value));
	for (round = 0; round < 4; round++) {
		for (i = 0; i < ROWS; i++) {
			snprintf(key, sizeof(key), "k%d", i);
			v.n = (size_t)(random() % 1200);
			if (i % 40 == 0)
				v.n += 10000;
			put_bytes(f, i % 2, sts_str(key), v, INT64_MAX);
		}
		for (i = 0; i < ROWS; i += 5) {
			snprintf(key, sizeof(key), "k%d", i);
			del(f, key);
		}
		settle(f);
	}
	fixture_close(f);
	path = path_of(f, "stsgate.mdb");
	data = slurp(path, n);
	free(path);
	return data;
}

/* Bits, words and whole stretches; often where structure is. */
static void
damage(char *data, size_t *n)
{
	int i, hits = 1 + (int)(random() % 3);
	size_t at, page;

	for (i = 0; i < hits; i++) {
		page = (size_t)random() % (*n / 4096) * 4096;
		at = page + (size_t)random() % (random() % 2 ? 160 : 4096);
		switch (random() % 5) {
		case 0:
			data[at] ^= (char)(1 << random() % 8);
			break;
		case 1:
			data[at] = (char)random();
			break;
		case 2:
			memset(data + at, (int)random(), 4096 - at % 4096);
			break;
		case 3:
			memcpy(data + page,
			    data + (size_t)random() % (*n / 4096) * 4096, 4096);
			break;
		default:
			if (random() % 8 == 0)
				*n = at + 1;
			break;
		}
		if (*n < 8192)
			break;
	}
}

static int
count(void *arg, const struct sts_store_item *item)
{
	size_t i, *sum = arg;

	for (i = 0; i < item->value.n; i++)
		*sum += (unsigned char)item->value.p[i];
	return 0;
}

static void
counted(void *arg, enum sts_err err)
{
	(void)arg;
	(void)err;
}

static void
read_and_write_all(struct fixture *f)
{
	struct got got;
	size_t sum = 0;
	char key[16];
	int i;

	for (i = 0; i < STS_BUCKETS; i++)
		f->store.ops->walk(f->store.ctx, i, sts_str(""), 9999, FAR,
		    count, counted, &sum);
	for (i = 0; i < ROWS; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		get_bytes(f, i % 2, sts_str(key), &got);
		got_free(&got);
	}
	for (i = 0; i < 30; i++) {
		snprintf(key, sizeof(key), "k%d", i * 13);
		put(f, key, key);
	}
	settle(f);
	turn(f, 10000);
	for (i = 0; i < 30; i++) {
		snprintf(key, sizeof(key), "k%d", i * 13);
		assert_found(f, key, key);
	}
}

static void
write_nothing(void *ctx, enum sts_level level, const char *line)
{
	size_t *lines = ctx;

	(void)level;
	(void)line;
	++*lines;
}

static void
damaged_files_end_well(void **state_)
{
	size_t n, damaged_n, lines = 0, sound = 0;
	struct fixture f;
	char *data, *copy, *path;
	int round;

	(void)state_;
	srandom(8461);
	fixture_init(&f, LMDB);
	data = made(&f, &n);
	copy = malloc(n);
	assert_non_null(copy);
	path = path_of(&f, "stsgate.mdb");
	f.log = (struct sts_log){write_nothing, &lines, STS_LOG_INFO};
	for (round = 0; round < ROUNDS; round++) {
		memcpy(copy, data, n);
		damaged_n = n;
		damage(copy, &damaged_n);
		spill(path, copy, damaged_n);
		lines = 0;
		f.wall = WALL_START + round;
		fixture_open(&f);
		read_and_write_all(&f);
		fixture_close(&f);
		sound += lines == 0;
		if (names(&f, "stsgate.mdb.bad") > 20) {
			remove_dir(&f);
			fixture_open(&f);
			fixture_close(&f);
		}
	}
	print_message("%zu of %d looked sound\n", sound, ROUNDS);
	assert_true(sound < ROUNDS * 3 / 4);
	free(path);
	free(copy);
	free(data);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(damaged_files_end_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
