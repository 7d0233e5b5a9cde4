/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "activation.h"

#define FIRST_FD 3
#define FDS_MAX  16

static long
number(const char *text)
{
	char *end;
	long n;

	if (text == NULL || *text == '\0')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	return errno == 0 && *end == '\0' ? n : -1;
}

static bool
listens(int fd)
{
	int value = 0, domain = 0;
	socklen_t size = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) != 0 ||
	    value == 0)
		return false;
	size = sizeof(domain);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       domain == AF_UNIX;
}

/* Which of names is the next in list (cut off it)? i when there is no list. */
static size_t
place(const char **list, const char *const *names, size_t n, size_t i)
{
	size_t len, k;

	if (*list == NULL)
		return i;
	len = strcspn(*list, ":");
	for (k = 0; k < n; k++)
		if (strlen(names[k]) == len &&
		    memcmp(names[k], *list, len) == 0)
			break;
	*list += len + ((*list)[len] == ':' ? 1 : 0);
	return k;
}

/* A list without any name of ours (a unit's default) says nothing. */
static const char *
names_told(const char *list, const char *const *names, size_t n)
{
	const char *rest = list;

	while (rest != NULL && *rest != '\0')
		if (place(&rest, names, n, 0) < n)
			return list;
	return NULL;
}

void
sts_activation_take(const char *const *names, size_t n, int *fd)
{
	long pid = number(getenv("LISTEN_PID")), count;
	const char *list = names_told(getenv("LISTEN_FDNAMES"), names, n);
	size_t i, k;

	count = number(getenv("LISTEN_FDS"));
	if (pid != (long)getpid() || count < 0)
		count = 0;
	for (i = 0; i < (size_t)count && i < FDS_MAX; i++) {
		int one = FIRST_FD + (int)i;

		k = place(&list, names, n, i);
		if (k >= n || fd[k] >= 0 || !listens(one))
			continue;
		fcntl(one, F_SETFD, FD_CLOEXEC);
		fd[k] = one;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

static void
notify(const char *state, int flags)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const struct timeval wait = {0, 200000};
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(addr.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(addr.sun_path, path, n);
	if (path[0] == '@')
		addr.sun_path[0] = '\0'; /* an abstract name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | flags,
	    (const struct sockaddr *)&addr,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

void
sts_notify(const char *state)
{
	notify(state, 0);
}

void
sts_notify_alive(void)
{
	notify("WATCHDOG=1", MSG_DONTWAIT);
}

void
sts_notify_reloading(void)
{
	struct timespec now;
	char state[80];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	sts_notify(state);
}

int64_t
sts_notify_watchdog(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	long usec = number(getenv("WATCHDOG_USEC"));

	if (usec <= 0 || (pid != NULL && number(pid) != (long)getpid()))
		return 0;
	return usec / 2000 > 0 ? usec / 2000 : 1;
}
