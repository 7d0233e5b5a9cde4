/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "activation.h"
#include "sockets.h"

#define BACKLOG 1024

static const char *const names[STS_SOCKETS] = {"query", "admin"};

enum sts_err
sts_folder_make(const char *path, uid_t uid, gid_t gid)
{
	char part[4096];
	char *slash;

	if ((size_t)snprintf(part, sizeof(part), "%s/", path) >= sizeof(part))
		return STS_EINVAL;
	for (slash = strchr(part + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) == 0) {
			if (uid != (uid_t)-1 && chown(part, uid, gid) != 0)
				return STS_EINVAL;
		} else if (errno != EEXIST) {
			return STS_EINVAL;
		}
		*slash = '/';
	}
	return STS_OK;
}

/* Does anybody answer there? In doubt, yes. */
static bool
answered(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool dead;

	if (fd < 0)
		return true;
	dead = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 &&
	       errno == ECONNREFUSED;
	close(fd);
	return !dead;
}

static bool
is_socket(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Bound with no permissions at all: those come before listen(). */
static int
bind_closed(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int rc;

	if (fd < 0)
		return -1;
	mask = umask(0777);
	rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
	if (rc != 0 && errno == EADDRINUSE && is_socket(addr->sun_path) &&
	    !answered(addr) && unlink(addr->sun_path) == 0)
		rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
	umask(mask);
	if (rc != 0) {
		rc = errno;
		close(fd);
		errno = rc;
		return -1;
	}
	return fd;
}

/* Who is to own a folder that we make: the user that we become, if any. */
static const struct passwd *
owner(const struct sts_config *config)
{
	if (geteuid() != 0 || config->user[0] == '\0')
		return NULL;
	return getpwnam(config->user);
}

static void
make_folder(const struct sts_config *config, const char *path)
{
	const struct passwd *pw = owner(config);

	/* Without it, bind() fails and says why. */
	(void)sts_folder_make(path, pw != NULL ? pw->pw_uid : (uid_t)-1,
	    pw != NULL ? pw->pw_gid : (gid_t)-1);
}

static int
bind_one(const struct sts_config *config, struct sts_sockets *s, int which,
    const char *path, mode_t mode, gid_t gid)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct stat st;
	char *slash;
	int fd;

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	slash = strrchr(addr.sun_path, '/');
	*slash = '\0';
	if (slash != addr.sun_path)
		make_folder(config, addr.sun_path);
	*slash = '/';
	fd = bind_closed(&addr);
	if (fd < 0)
		return -1;
	s->fd[which] = fd;
	s->path[which] = strdup(path);
	if (s->path[which] == NULL || lstat(path, &st) != 0) {
		unlink(path);
		return -1;
	}
	s->dev[which] = st.st_dev;
	s->ino[which] = st.st_ino;
	s->made[which] = st.st_mtim;
	if (gid != (gid_t)-1 && chown(path, (uid_t)-1, gid) != 0)
		return -1;
	if (chmod(path, mode) != 0 || listen(fd, BACKLOG) != 0)
		return -1;
	return 0;
}

static enum sts_err
find_group(const char *name, gid_t *gid, const struct sts_log *log)
{
	const struct group *group;

	*gid = (gid_t)-1;
	if (name[0] == '\0')
		return STS_OK;
	group = getgrnam(name);
	if (group == NULL) {
		sts_log(log, STS_LOG_ERROR, "start-failed",
		    "socket_group=%s reason=\"no such group\"", name);
		return STS_EINVAL;
	}
	*gid = group->gr_gid;
	return STS_OK;
}

enum sts_err
sts_sockets_open(const struct sts_config *config, const struct sts_log *log,
    struct sts_sockets *out)
{
	const char *const paths[] = {
	    config->query_socket, config->admin_socket};
	const mode_t modes[] = {
	    config->query_socket_mode, config->admin_socket_mode};
	struct sts_sockets s = {.fd = {-1, -1}};
	gid_t gid;
	int i;

	if (find_group(config->socket_group, &gid, log) != STS_OK)
		return STS_EINVAL;
	sts_activation_take(names, STS_SOCKETS, s.fd);
	for (i = 0; i < STS_SOCKETS; i++) {
		if (s.fd[i] >= 0 ||
		    bind_one(config, &s, i, paths[i], modes[i], gid) == 0)
			continue;
		sts_log(log, STS_LOG_ERROR, "start-failed",
		    "%s_socket=%s reason=\"%s\"", names[i], paths[i],
		    strerror(errno));
		sts_sockets_close(&s);
		return STS_EINVAL;
	}
	*out = s;
	return STS_OK;
}

void
sts_sockets_close(struct sts_sockets *sockets)
{
	struct stat st;
	int i;

	for (i = 0; i < STS_SOCKETS; i++) {
		const char *path = sockets->path[i];

		if (sockets->fd[i] >= 0)
			close(sockets->fd[i]);
		sockets->fd[i] = -1;
		if (path != NULL && lstat(path, &st) == 0 &&
		    st.st_dev == sockets->dev[i] &&
		    st.st_ino == sockets->ino[i] &&
		    st.st_mtim.tv_sec == sockets->made[i].tv_sec &&
		    st.st_mtim.tv_nsec == sockets->made[i].tv_nsec)
			unlink(path);
		free(sockets->path[i]);
		sockets->path[i] = NULL;
	}
}
