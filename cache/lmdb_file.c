/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb.h"

#define LOCK_NAME  "stsgate.lock"
#define NAMES_MAX  100
#define DIR_MODE   0750
#define FILES_MODE 0640

char *
sts_lmdb_path(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* LMDB's own lock does not keep a second process out, it lets it in. */
static int
take_lock(const char *path, int *lock_fd)
{
	int saved, fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILES_MODE);
	if (fd < 0 && (errno == EROFS || errno == EACCES))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		saved = errno;
		close(fd);
		return saved;
	}
	*lock_fd = fd;
	return 0;
}

int
sts_lmdb_dir(const char *dir, int *lock_fd)
{
	char *path;
	int rc;

	if (mkdir(dir, DIR_MODE) != 0 && errno != EEXIST)
		return errno;
	path = sts_lmdb_path(dir, LOCK_NAME);
	if (path == NULL)
		return ENOMEM;
	rc = take_lock(path, lock_fd);
	free(path);
	return rc;
}

int
sts_lmdb_sync_dir(const char *dir)
{
	int rc, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	rc = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	return rc;
}

int
sts_lmdb_put_aside(const char *dir, int64_t time, char *to, size_t to_size)
{
	int i, rc = EEXIST, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	for (i = 0; i < NAMES_MAX && rc == EEXIST; i++) {
		snprintf(to, to_size, STS_LMDB_NAME ".bad-%" PRId64 "%s%.0d",
		    time, i > 0 ? "-" : "", i);
		rc = renameat2(fd, STS_LMDB_NAME, fd, to, RENAME_NOREPLACE) == 0
			 ? 0
			 : errno;
	}
	if (rc == 0 && fsync(fd) != 0)
		rc = errno;
	close(fd);
	return rc;
}
