/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exim.h"
#include "input.h"
#include "print.h"

#define OUTPUT_MAX ((size_t)8 << 20)

/* Standard input from nowhere, standard output into the pipe. */
static int
start(const char *binary, const char *what, const int fds[2], pid_t *pid)
{
	char *argv[] = {(char *)binary, (char *)"-bP", (char *)what, NULL};
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc != 0)
		return rc;
	rc = posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(
		    &actions, fds[1], STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn(pid, binary, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* All that comes out of the pipe, which is closed then. */
static int
drain(int fd, struct sts_str *text)
{
	FILE *stream = fdopen(fd, "r");
	int rc, error;

	if (stream == NULL) {
		error = errno;
		close(fd);
		return error;
	}
	rc = sts_input_stream(stream, OUTPUT_MAX, text);
	error = rc == 0 ? 0 : errno;
	fclose(stream);
	if (error == 0 && text->n > OUTPUT_MAX) {
		free((char *)text->p);
		error = EFBIG;
	}
	return error;
}

static int
reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int
sts_exim_run(const char *binary, const char *what, struct sts_str *text)
{
	int fds[2], error;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return sts_print_trouble(binary, strerror(errno));
	error = start(binary, what, fds, &pid);
	close(fds[1]);
	if (error != 0) {
		close(fds[0]);
		return sts_print_trouble(binary, strerror(error));
	}
	error = drain(fds[0], text);
	if (reap(pid) != 0 && error == 0) {
		free((char *)text->p);
		return sts_print_trouble(
		    binary, "-bP failed (it needs an admin user)");
	}
	if (error != 0)
		return sts_print_trouble(binary, strerror(error));
	return STS_EXIT_YES;
}

static const char *
try(char *buf, size_t size, const char *folder, size_t n, const char *name)
{
	int need = snprintf(buf, size, "%.*s/%s", (int)n, folder, name);

	if (need < 0 || (size_t)need >= size || access(buf, X_OK) != 0)
		return NULL;
	return buf;
}

const char *
sts_exim_find(char *buf, size_t size)
{
	const char *path = getenv("PATH");
	char folders[4096];
	const char *p;

	snprintf(folders, sizeof(folders),
	    "%s:/usr/sbin:/usr/local/sbin:", path != NULL ? path : "/usr/bin");
	for (p = folders; *p != '\0';) {
		size_t n = strcspn(p, ":");

		if (n > 0 && (try(buf, size, p, n, "exim4") != NULL ||
				 try(buf, size, p, n, "exim") != NULL))
			return buf;
		p += p[n] == ':' ? n + 1 : n;
	}
	return NULL;
}
