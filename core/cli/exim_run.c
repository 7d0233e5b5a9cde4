/* SPDX-License-Identifier: ISC */
#include "exim_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)8 << 20)
#define READ_SIZE  65536

/* One of its outputs: a pipe, and what has come out of it. */
struct stream {
	int fd; /* -1: at its end */
	int theirs;
	char *p;
	size_t n;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
describe(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr,
    const struct stream streams[2])
{
	int rc = posix_spawn_file_actions_addopen(
	    actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(
		    actions, streams[0].theirs, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(
		    actions, streams[1].theirs, STDERR_FILENO);
	/* A group of its own, so that all of it can be killed. */
	if (rc == 0)
		rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP);
	return rc;
}

static int
start(const char *const argv[], const struct stream streams[2], pid_t *pid)
{
	static char *const nothing[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = describe(&actions, &attr, streams);
		if (rc == 0)
			rc = posix_spawn(pid, argv[0], &actions, &attr,
			    (char *const *)argv, nothing);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Read what there is; an errno. */
static int
take(struct stream *s)
{
	char *more;
	ssize_t got;

	if (s->n > OUTPUT_MAX)
		return EFBIG;
	more = realloc(s->p, s->n + READ_SIZE);
	if (more == NULL)
		return ENOMEM;
	s->p = more;
	got = read(s->fd, s->p + s->n, READ_SIZE);
	if (got < 0)
		return errno == EINTR ? 0 : errno;
	s->n += (size_t)got;
	if (got == 0) {
		close(s->fd);
		s->fd = -1;
	}
	return 0;
}

/* All that comes out of both, up to the deadline; an errno. */
static int
drain(struct stream streams[2], int64_t deadline)
{
	int i, rc = 0;

	while (rc == 0 && (streams[0].fd >= 0 || streams[1].fd >= 0)) {
		struct pollfd fds[2] = {
		    {streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return ETIMEDOUT;
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return errno;
		for (i = 0; rc == 0 && i < 2; i++)
			if (streams[i].fd >= 0 && fds[i].revents != 0)
				rc = take(&streams[i]);
	}
	return rc;
}

/* Wait for its end, up to the deadline; an errno. */
static int
reap(pid_t pid, int64_t deadline, int *status)
{
	const struct timespec tick = {0, 2000000};
	int got;

	for (;;) {
		pid_t rc = waitpid(pid, &got, WNOHANG);

		if (rc < 0)
			return errno;
		if (rc == pid)
			break;
		/* It has closed its outputs: its end is near. */
		if (now_ms() >= deadline)
			return ETIMEDOUT;
		nanosleep(&tick, NULL);
	}
	*status = WIFEXITED(got) ? WEXITSTATUS(got) : -1;
	return 0;
}

/* Not for ever: a user who is not root may be unable to kill it. */
static void
end(pid_t pid)
{
	int status;

	if (kill(-pid, SIGKILL) == 0)
		reap(pid, now_ms() + 1000, &status);
}

static int
open_streams(struct stream streams[2])
{
	int i, fds[2];

	for (i = 0; i < 2; i++) {
		if (pipe2(fds, O_CLOEXEC) != 0)
			return errno;
		streams[i].fd = fds[0];
		streams[i].theirs = fds[1];
	}
	return 0;
}

static void
close_theirs(struct stream streams[2])
{
	int i;

	for (i = 0; i < 2; i++)
		if (streams[i].theirs >= 0) {
			close(streams[i].theirs);
			streams[i].theirs = -1;
		}
}

int
sts_exim_run(
    const char *const argv[], int64_t deadline_ms, struct sts_exim_output *out)
{
	struct stream streams[2] = {{-1, -1, NULL, 0}, {-1, -1, NULL, 0}};
	int64_t deadline = now_ms() + deadline_ms;
	int i, status = -1, rc = open_streams(streams);
	pid_t pid = -1;

	if (rc == 0)
		rc = start(argv, streams, &pid);
	close_theirs(streams);
	if (rc == 0) {
		rc = drain(streams, deadline);
		if (rc == 0)
			rc = reap(pid, deadline, &status);
		if (rc != 0)
			end(pid);
	}
	out->text = (struct sts_str){streams[0].p, streams[0].n};
	out->words = (struct sts_str){streams[1].p, streams[1].n};
	out->status = status;
	for (i = 0; i < 2; i++)
		if (streams[i].fd >= 0)
			close(streams[i].fd);
	if (rc != 0)
		sts_exim_output_free(out);
	return rc;
}

const char *
sts_exim_trouble(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return "hangs: killed when its time was up";
	case EFBIG:
		return "prints more than any configuration has";
	default:
		return strerror(error);
	}
}

void
sts_exim_output_free(struct sts_exim_output *out)
{
	free((char *)out->text.p);
	free((char *)out->words.p);
	out->text = out->words = (struct sts_str){NULL, 0};
}
