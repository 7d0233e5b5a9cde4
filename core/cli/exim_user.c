/* SPDX-License-Identifier: ISC */
#include "exim_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sts/client.h"

#define SILENCE_MS 1500
#define NO_USER    254 /* what the child ends with, beside an errno */
#define NO_PONG    255

static int
try_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, rc = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) !=
	    0)
		rc = errno;
	close(fd);
	return rc;
}

/* Become the user; without root's rights there is nothing to become. */
static int
become(const char *user)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	pw = getpwnam(user);
	if (pw == NULL || initgroups(user, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return NO_USER;
	return 0;
}

static int
ping(const char *path)
{
	const struct sts_client_config client = {
	    .socket = path, .silence_ms = SILENCE_MS, .total_ms = SILENCE_MS};
	char line[256];
	int rc;

	if (sts_client_ask(&client, "ping", line, sizeof(line)) ==
	    STS_REPLY_PONG)
		return 0;
	rc = try_connect(path);
	return rc != 0 ? rc : NO_PONG;
}

static int
look(const char *path)
{
	return access(path, R_OK) == 0 ? 0 : errno;
}

static const char *
describe(int code)
{
	switch (code) {
	case 0:
		return NULL;
	case ENOENT:
		return "there is no such socket: stsgated does not run, or "
		       "its query_socket is not this STSGATE_SOCKET";
	case ECONNREFUSED:
		return "nobody listens there: stsgated does not run";
	case EACCES:
		return "Exim's user may not connect to it: see "
		       "query_socket_mode, socket_group and the folder's mode";
	case NO_USER:
		return "could not be tried: Exim's user is not known here";
	case NO_PONG:
		return "what listens there does not answer as stsgated does";
	default:
		return strerror(code);
	}
}

/* What it comes to for that user, who is another process. */
static int
try_as(const char *user, int (*what)(const char *path), const char *path)
{
	pid_t pid = fork();
	int status, rc;

	if (pid < 0)
		return errno;
	if (pid == 0) {
		rc = become(user);
		_exit(rc != 0 ? rc : what(path));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : NO_PONG;
}

const char *
sts_exim_ping(const char *path, const char *user)
{
	return describe(try_as(user, ping, path));
}

int
sts_exim_look(const char *path, const char *user)
{
	return try_as(user, look, path);
}
