/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client_impl.h"

#define RETRY_MS     5
#define FIRST_FREE   3
#define NS_PER_MS    1000000
#define MS_PER_S     1000
#define WAIT_LONGEST 60000

int64_t
sts_client_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / NS_PER_MS;
}

int
sts_client_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = deadline - sts_client_now();
		int n;

		if (left <= 0)
			return -1;
		if (left > WAIT_LONGEST)
			left = WAIT_LONGEST;
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return p.revents & POLLNVAL ? -1 : 0;
		if (n < 0 && errno != EINTR)
			return -1;
	}
}

/* A daemon with its standard descriptors closed must not find us there. */
static int
above_standard(int fd)
{
	int high;

	if (fd < 0 || fd >= FIRST_FREE)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	close(fd);
	return high;
}

static int
finish(int fd, int64_t deadline)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (sts_client_wait(fd, POLLOUT, deadline) != 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return -1;
	return error == 0 ? 0 : -1;
}

/* EAGAIN: the backlog is full, and no event tells when it no longer is. */
static int
establish(int fd, const struct sockaddr_un *to, int64_t deadline)
{
	for (;;) {
		int64_t pause = sts_client_now() + RETRY_MS;

		if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
			return 0;
		if (errno == EINPROGRESS || errno == EINTR)
			return finish(fd, deadline);
		if (errno != EAGAIN || pause >= deadline)
			return -1;
		sts_client_wait(-1, 0, pause);
	}
}

int
sts_client_connect(const char *path, int64_t deadline)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	int fd;

	if (n == 0 || n >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path, n + 1);
	fd = above_standard(
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (fd >= 0 && establish(fd, &to, deadline) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}
