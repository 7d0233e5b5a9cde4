/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

struct server {
	int fd;
	int stop[2];
	pthread_t thread;
	struct script script;
	char path[108];
	char question[1024];
};

int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		abort();
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

const char *
server_path(void)
{
	static char path[64];

	snprintf(
	    path, sizeof(path), "/tmp/sts-client-%ld.sock", (long)getpid());
	return path;
}

static int
write_all(int fd, const char *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static void
read_question(struct server *s, int fd)
{
	size_t have = 0;

	memset(s->question, 0, sizeof(s->question));
	while (have < sizeof(s->question) - 1) {
		ssize_t n = recv(
		    fd, s->question + have, sizeof(s->question) - 1 - have, 0);

		if (n <= 0)
			return;
		have += (size_t)n;
		if (memchr(s->question, '\n', have) != NULL)
			return;
	}
}

/* The pace is what is tested; the end of the client ends it early. */
static int
pace(struct server *s, int fd, int ms)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLRDHUP},
	    {.fd = s->stop[0], .events = POLLIN}};

	return poll(p, 2, ms) == 0 ? 0 : -1;
}

static void
play(struct server *s, int fd)
{
	const struct script *t = &s->script;
	size_t i;
	int k;

	if (t->deaf)
		return;
	read_question(s, fd);
	if (t->step_ms > 0) {
		for (i = 0; i < t->n; i++)
			if (write_all(fd, t->text + i, 1) != 0 ||
			    pace(s, fd, t->step_ms) != 0)
				return;
	} else if (write_all(fd, t->text, t->n) != 0) {
		return;
	}
	for (k = 0; k < t->times; k++)
		if (pace(s, fd, t->repeat_ms) != 0 ||
		    write_all(fd, t->text, t->n) != 0)
			return;
	if (t->second != NULL) {
		read_question(s, fd);
		write_all(fd, t->second, strlen(t->second));
	}
	if (t->after != NULL)
		write_all(fd, t->after, strlen(t->after));
	if (t->hold)
		pace(s, fd, -1);
}

/* Signals are the client's to bear, not ours. */
static void *
serve(void *arg)
{
	struct server *s = arg;
	sigset_t all;
	struct pollfd p[] = {{.fd = s->fd, .events = POLLIN},
	    {.fd = s->stop[0], .events = POLLIN}};

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (poll(p, 2, -1) > 0 && p[1].revents == 0) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			break;
		play(s, fd);
		close(fd);
	}
	return NULL;
}

struct server *
server_start(const char *path, const struct script *script)
{
	struct server *s = calloc(1, sizeof(*s));
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (s == NULL || pipe(s->stop) != 0)
		abort();
	snprintf(s->path, sizeof(s->path), "%s", path);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	s->script = *script;
	unlink(path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    listen(s->fd, 16) != 0 ||
	    pthread_create(&s->thread, NULL, serve, s) != 0)
		abort();
	return s;
}

const char *
server_question(struct server *server)
{
	return server->question;
}

void
server_stop(struct server *s)
{
	if (write(s->stop[1], "x", 1) != 1)
		abort();
	pthread_join(s->thread, NULL);
	close(s->fd);
	close(s->stop[0]);
	close(s->stop[1]);
	unlink(s->path);
	free(s);
}
