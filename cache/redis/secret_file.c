/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sts/secret_file.h"

#define ROOM (STS_SECRET_MAX + 2) /* a line end, and one to see too many */

static enum sts_err
trouble(const char **why)
{
	*why = strerror(errno);
	return errno == ENOENT || errno == ENOTDIR ? STS_ENOENT : STS_ETEMP;
}

static const char *
unfit(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a file";
	if ((st->st_mode & S_IRWXO) != 0)
		return "open to others than its owner and group";
	return NULL;
}

/* Up to max octets, so that the caller sees when there are more. */
static enum sts_err
slurp(int fd, char *buf, size_t max, size_t *n, const char **why)
{
	ssize_t got;

	*n = 0;
	do {
		got = read(fd, buf + *n, max - *n);
		*n += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? trouble(why) : STS_OK;
}

/* A pipe would be waited for. */
static enum sts_err
load(const char *path, char buf[ROOM], size_t *n, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum sts_err err = STS_EINVAL;
	struct stat st;

	if (fd < 0)
		return trouble(why);
	if (fstat(fd, &st) != 0)
		err = trouble(why);
	else if ((*why = unfit(&st)) == NULL)
		err = slurp(fd, buf, ROOM, n, why);
	close(fd);
	if (err == STS_OK && *n > 0 && buf[*n - 1] == '\n')
		--*n;
	return err;
}

enum sts_err
sts_secret_file_read(
    const char *path, char out[STS_SECRET_MAX], size_t *n, const char **why)
{
	char buf[ROOM];
	size_t got = 0;
	enum sts_err err = load(path, buf, &got, why);

	if (err == STS_OK && got < STS_SECRET_MIN) {
		*why = "too short: want 32 to 1024 octets";
		err = STS_EINVAL;
	} else if (err == STS_OK && got > STS_SECRET_MAX) {
		*why = "too long: want 32 to 1024 octets";
		err = STS_EINVAL;
	}
	if (err == STS_OK) {
		memcpy(out, buf, got);
		*n = got;
	}
	explicit_bzero(buf, sizeof(buf));
	return err;
}

enum sts_err
sts_password_file_read(
    const char *path, char out[STS_PASSWORD_SIZE], const char **why)
{
	char buf[ROOM];
	size_t i, n = 0;
	enum sts_err err = load(path, buf, &n, why);

	for (i = 0; err == STS_OK && i < n && buf[i] >= ' ' && buf[i] <= '~';
	     i++)
		;
	if (err == STS_OK && (n == 0 || i < n || n > STS_PASSWORD_MAX)) {
		*why = "want one line of 1 to 512 printable octets";
		err = STS_EINVAL;
	}
	if (err == STS_OK) {
		memcpy(out, buf, n);
		out[n] = '\0';
	}
	explicit_bzero(buf, sizeof(buf));
	return err;
}
