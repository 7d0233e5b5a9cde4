/* SPDX-License-Identifier: ISC */
#include "poke.h"

#include <dirent.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
};

static void
open_file(struct fixture *f, const char *table, struct file *file)
{
	char *path = path_of(f, "stsgate.mdb");

	assert_int_equal(mdb_env_create(&file->env), 0);
	assert_int_equal(mdb_env_set_maxdbs(file->env, 8), 0);
	assert_int_equal(mdb_env_open(file->env, path, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(file->env, NULL, 0, &file->txn), 0);
	assert_int_equal(
	    mdb_dbi_open(file->txn, table, MDB_CREATE, &file->dbi), 0);
	free(path);
}

static void
close_file(struct file *file)
{
	assert_int_equal(mdb_txn_commit(file->txn), 0);
	mdb_env_close(file->env);
}

static MDB_val
val(const char *text)
{
	return (MDB_val){strlen(text), (void *)(uintptr_t)text};
}

void
poke(struct fixture *f, const char *table, const char *key, const char *value)
{
	MDB_val k = val(key), v = val(value);
	struct file file;

	open_file(f, table, &file);
	assert_int_equal(mdb_put(file.txn, file.dbi, &k, &v, 0), 0);
	close_file(&file);
}

void
flip(struct fixture *f, const char *key)
{
	MDB_val k = val(key), v;
	struct file file;
	char row[256];

	open_file(f, "policy", &file);
	assert_int_equal(mdb_get(file.txn, file.dbi, &k, &v), 0);
	assert_true(v.mv_size > 0 && v.mv_size <= sizeof(row));
	memcpy(row, v.mv_data, v.mv_size);
	row[v.mv_size - 1] ^= 1;
	v.mv_data = row;
	assert_int_equal(mdb_put(file.txn, file.dbi, &k, &v, 0), 0);
	close_file(&file);
}

size_t
rows(struct fixture *f, const char *table)
{
	struct file file;
	MDB_stat stat;

	open_file(f, table, &file);
	assert_int_equal(mdb_stat(file.txn, file.dbi, &stat), 0);
	close_file(&file);
	return stat.ms_entries;
}

char *
slurp(const char *path, size_t *n)
{
	FILE *in = fopen(path, "rb");
	char *data;

	assert_non_null(in);
	fseek(in, 0, SEEK_END);
	*n = (size_t)ftell(in);
	rewind(in);
	data = malloc(*n + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *n, in), *n);
	fclose(in);
	return data;
}

void
spill(const char *path, const void *data, size_t n)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

unsigned
names(struct fixture *f, const char *prefix)
{
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir = opendir(f->dir);

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	closedir(dir);
	return n;
}
