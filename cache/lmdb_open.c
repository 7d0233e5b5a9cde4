/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "lmdb.h"

#define MODE       0640
#define DBS_MAX    8
#define MAP_BYTES  ((size_t)1 << (sizeof(size_t) > 4 ? 34 : 29))
#define NAME_META  "meta"
#define NAME_ASIDE "aside"

static char version_key[] = "version", version_now[] = "1";
static const char *const bucket_names[STS_BUCKETS] = {"policy", "report"};

const char *
sts_lmdb_strerror(const char *dir, int rc)
{
	struct statvfs vfs;

	switch (rc) {
	case EIO:
		/* LMDB says so when a write came out short. */
		if (statvfs(dir, &vfs) != 0 || vfs.f_bavail > 1)
			break;
		/* FALLTHROUGH */
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return "disk full";
	case MDB_MAP_FULL:
		return "store full";
	case EROFS:
	case EACCES:
	case EPERM:
		return "read-only";
	case EWOULDBLOCK:
		return "in use by another process";
	default:
		break;
	}
	return mdb_strerror(rc);
}

bool
sts_lmdb_is_corrupt(int rc)
{
	return rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND ||
	       rc == MDB_INVALID || rc == MDB_INCOMPATIBLE ||
	       rc == MDB_CURSOR_FULL;
}

/* The map, or the disk. */
bool
sts_lmdb_is_full(int rc)
{
	return rc == MDB_MAP_FULL || rc == ENOSPC || rc == EDQUOT ||
	       rc == EFBIG;
}

/* The one key of the table meta. Zero: no version is written there. */
static int
get_version(MDB_txn *txn, MDB_dbi meta, unsigned long *version)
{
	MDB_val key = {sizeof(version_key) - 1, version_key}, value;
	char text[16], *end;
	int rc = mdb_get(txn, meta, &key, &value);

	*version = 0;
	if (rc != 0)
		return rc;
	if (value.mv_size == 0 || value.mv_size >= sizeof(text))
		return MDB_INVALID;
	memcpy(text, value.mv_data, value.mv_size);
	text[value.mv_size] = '\0';
	*version = strtoul(text, &end, 10);
	return *end == '\0' && *version > 0 ? 0 : MDB_INVALID;
}

static int
put_version(MDB_txn *txn)
{
	MDB_val key = {sizeof(version_key) - 1, version_key};
	MDB_val value = {sizeof(version_now) - 1, version_now};
	MDB_dbi meta;
	int rc = mdb_dbi_open(txn, NAME_META, MDB_CREATE, &meta);

	return rc != 0 ? rc : mdb_put(txn, meta, &key, &value, 0);
}

/* Is it a store of ours, or one that was never written to? */
static enum sts_opened
version_of(MDB_txn *txn, char *why, size_t why_size)
{
	unsigned long version;
	MDB_stat stat;
	MDB_dbi main, meta;
	int rc;

	rc = mdb_dbi_open(txn, NULL, 0, &main);
	if (rc == 0)
		rc = mdb_stat(txn, main, &stat);
	if (rc == 0 && stat.ms_entries == 0)
		return STS_OPENED;
	if (rc == 0)
		rc = mdb_dbi_open(txn, NAME_META, 0, &meta);
	if (rc == 0)
		rc = get_version(txn, meta, &version);
	if (rc != 0) {
		snprintf(why, why_size, "no version: %s", mdb_strerror(rc));
		return STS_OPEN_BAD;
	}
	if (version > strtoul(version_now, NULL, 10)) {
		snprintf(why, why_size,
		    "made by a later version of stsgate (%lu)", version);
		return STS_OPEN_LATER;
	}
	return STS_OPENED;
}

static int
tables(struct sts_lmdb_file *file, MDB_txn *txn)
{
	unsigned flags = file->read_only ? 0 : MDB_CREATE;
	int i, rc = file->read_only ? 0 : put_version(txn);

	for (i = 0; i < STS_BUCKETS && rc == 0; i++)
		rc =
		    mdb_dbi_open(txn, bucket_names[i], flags, &file->bucket[i]);
	if (rc == 0)
		rc = mdb_dbi_open(txn, NAME_ASIDE, flags, &file->aside);
	return rc;
}

int
sts_lmdb_touch(struct sts_lmdb_file *file)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(file->env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	rc = put_version(txn);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* The version again at each start: a store that cannot commit shows here. */
static enum sts_opened
look_in(struct sts_lmdb_file *file, int *rc, char *why, size_t why_size)
{
	unsigned flags = file->read_only ? MDB_RDONLY : 0;
	enum sts_opened opened;
	MDB_txn *txn;

	*rc = mdb_txn_begin(file->env, NULL, flags, &txn);
	if (*rc != 0)
		return STS_OPEN_ERROR;
	opened = version_of(txn, why, why_size);
	if (opened != STS_OPENED) {
		mdb_txn_abort(txn);
		return opened;
	}
	*rc = tables(file, txn);
	if (*rc == 0)
		*rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return *rc == 0 ? STS_OPENED : STS_OPEN_ERROR;
}

static int
env_open(struct sts_lmdb_file *file, const char *path, bool read_only)
{
	/* Without a writer, ours or another's, no reader needs a lock. */
	unsigned flags = MDB_NOSUBDIR | MDB_NOTLS |
			 (read_only ? MDB_RDONLY | MDB_NOLOCK : 0);
	int rc = mdb_env_create(&file->env);

	if (rc != 0) {
		file->env = NULL;
		return rc;
	}
	file->read_only = read_only;
	rc = mdb_env_set_mapsize(file->env, MAP_BYTES);
	if (rc == 0)
		rc = mdb_env_set_maxdbs(file->env, DBS_MAX);
	if (rc == 0)
		rc = mdb_env_open(file->env, path, flags, MODE);
	if (rc != 0)
		sts_lmdb_shut(file);
	return rc;
}

static enum sts_opened
open_as(struct sts_lmdb_file *file, const char *path, bool read_only, int *rc,
    char *why, size_t why_size)
{
	enum sts_opened opened = STS_OPEN_ERROR;

	*rc = env_open(file, path, read_only);
	if (*rc == 0)
		opened = look_in(file, rc, why, why_size);
	if (opened != STS_OPENED)
		sts_lmdb_shut(file);
	return opened;
}

enum sts_opened
sts_lmdb_open(
    struct sts_lmdb_file *file, const char *path, char *why, size_t why_size)
{
	enum sts_opened opened;
	int rc = 0, rc_read;

	opened = open_as(file, path, false, &rc, why, why_size);
	if (opened != STS_OPEN_ERROR)
		return opened;
	if (sts_lmdb_is_corrupt(rc)) {
		snprintf(why, why_size, "%s", mdb_strerror(rc));
		return STS_OPEN_BAD;
	}
	/* What is in it can perhaps still be read. */
	if (open_as(file, path, true, &rc_read, why, why_size) == STS_OPENED)
		opened = STS_OPENED_READ_ONLY;
	snprintf(why, why_size, "%s", sts_lmdb_strerror(path, rc));
	return opened;
}

void
sts_lmdb_shut(struct sts_lmdb_file *file)
{
	if (file->env != NULL)
		mdb_env_close(file->env);
	memset(file, 0, sizeof(*file));
}
