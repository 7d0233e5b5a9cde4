/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sendmail_impl.h"

#define LEFTOVER 65536 /* octets: what a pipe holds */

/*
 * Nothing of ours but the message and a place for complaints. A group of its
 * own, so that all of a script can be ended; no signal is ignored or blocked.
 */
static int
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	if (posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
					       POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETSIGMASK) != 0 ||
	    posix_spawnattr_setpgroup(attr, 0) != 0 ||
	    posix_spawnattr_setsigdefault(attr, &all) != 0 ||
	    posix_spawnattr_setsigmask(attr, &none) != 0)
		return EINVAL;
	return 0;
}

static int
set_files(posix_spawn_file_actions_t *files, int in, int err)
{
	int rc;

	if ((rc = posix_spawn_file_actions_adddup2(files, in, 0)) != 0 ||
	    (rc = posix_spawn_file_actions_adddup2(files, err, 2)) != 0 ||
	    (rc = posix_spawn_file_actions_addopen(
		 files, 1, "/dev/null", O_WRONLY, 0)) != 0)
		return rc;
	return posix_spawn_file_actions_addclosefrom_np(files, 3);
}

static int
spawn(struct sts_mail *mail, int in, int err)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	const char *const words[] = {
	    "sendmail", "-i", "-f", mail->from, "--", mail->to, NULL};
	char *argv[sizeof(words) / sizeof(words[0])];
	char *const env[] = {path, locale, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	memcpy(argv, words, sizeof(words)); /* nobody writes to them */
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		return rc;
	if ((rc = posix_spawn_file_actions_init(&files)) != 0) {
		posix_spawnattr_destroy(&attr);
		return rc;
	}
	if ((rc = set_attributes(&attr)) == 0 &&
	    (rc = set_files(&files, in, err)) == 0)
		rc = posix_spawn(&mail->pid, mail->sendmail->program, &files,
		    &attr, argv, env);
	if (rc != 0)
		mail->pid = 0;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

/* One that was never set up cannot be deleted. */
static void
forget(struct event *ev)
{
	if (event_initialized(ev))
		event_del(ev);
}

void
sts_child_drop_input(struct sts_mail *mail)
{
	if (mail->in < 0)
		return;
	forget(&mail->writes);
	close(mail->in);
	mail->in = -1;
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct sts_mail *mail = arg;
	ssize_t n = write(fd, mail->rest.p, mail->rest.n);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		/* It reads no more. What it says of that, its end will tell;
		 * what it has started must not take half a message. */
		event_del(&mail->writes);
		return;
	}
	mail->rest.p += n;
	mail->rest.n -= (size_t)n;
	if (mail->rest.n == 0)
		sts_child_drop_input(mail);
}

/* False: there is no more, for now or ever. */
static bool
read_some(struct sts_mail *mail, size_t *total)
{
	char buf[4096];
	size_t room = sizeof(mail->text) - mail->n_text, keep;
	ssize_t n = read(mail->err, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	keep = (size_t)n < room ? (size_t)n : room;
	memcpy(mail->text + mail->n_text, buf, keep);
	mail->n_text += keep;
	*total += (size_t)n;
	return true;
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct sts_mail *mail = arg;
	size_t total = 0;

	(void)fd;
	(void)what;
	errno = 0;
	if (!read_some(mail, &total) && errno != EAGAIN)
		event_del(&mail->reads);
}

static void
on_exit_of(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sts_mail_exited(arg);
}

static int
watch(struct sts_mail *mail)
{
	struct event_base *base = mail->sendmail->base;

	event_assign(&mail->exits, base, mail->pidfd, EV_READ | EV_PERSIST,
	    on_exit_of, mail);
	event_assign(&mail->writes, base, mail->in, EV_WRITE | EV_PERSIST,
	    on_write, mail);
	event_assign(
	    &mail->reads, base, mail->err, EV_READ | EV_PERSIST, on_read, mail);
	if (event_add(&mail->exits, NULL) != 0 ||
	    event_add(&mail->writes, NULL) != 0 ||
	    event_add(&mail->reads, NULL) != 0)
		return ENOMEM;
	return 0;
}

static int
open_pipes(struct sts_mail *mail, int theirs[2])
{
	int in[2], err[2], rc;

	if (pipe2(in, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(err, O_CLOEXEC) != 0) {
		rc = errno;
		close(in[0]);
		close(in[1]);
		return rc;
	}
	mail->in = in[1];
	mail->err = err[0];
	theirs[0] = in[0];
	theirs[1] = err[1];
	/* Only our ends: each has its own flags. */
	if (evutil_make_socket_nonblocking(mail->in) != 0 ||
	    evutil_make_socket_nonblocking(mail->err) != 0)
		return EIO;
	return 0;
}

int
sts_child_start(struct sts_mail *mail)
{
	int theirs[2] = {-1, -1}, rc;

	if ((rc = open_pipes(mail, theirs)) == 0)
		rc = spawn(mail, theirs[0], theirs[1]);
	for (int i = 0; i < 2; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	if (rc == 0 && (mail->pidfd = pidfd_open(mail->pid, 0)) < 0)
		rc = errno;
	if (rc == 0)
		rc = watch(mail);
	return rc;
}

/* Also what it has started, as long as it is not waited for. */
void
sts_child_kill(const struct sts_mail *mail)
{
	if (mail->pid > 0)
		kill(-mail->pid, SIGKILL);
}

static bool
wait_for(struct sts_mail *mail, int how, siginfo_t *info)
{
	int rc;

	memset(info, 0, sizeof(*info));
	do
		rc = waitid(P_PID, (id_t)mail->pid, info, WEXITED | how);
	while (rc != 0 && errno == EINTR);
	/* Somebody else has waited: it is gone, nobody knows how. */
	if (rc != 0)
		mail->pid = 0;
	return rc == 0;
}

bool
sts_child_ended(struct sts_mail *mail)
{
	siginfo_t info;

	return !wait_for(mail, WNOHANG | WNOWAIT, &info) || info.si_pid != 0;
}

void
sts_child_reap(struct sts_mail *mail, siginfo_t *info)
{
	memset(info, 0, sizeof(*info));
	if (mail->pid > 0 && wait_for(mail, 0, info))
		mail->pid = 0;
}

void
sts_child_close(struct sts_mail *mail)
{
	size_t total = 0;

	if (mail->pidfd >= 0) {
		forget(&mail->exits);
		close(mail->pidfd);
	}
	if (mail->in >= 0)
		sts_child_drop_input(mail);
	if (mail->err >= 0) {
		while (total < LEFTOVER && read_some(mail, &total))
			;
		forget(&mail->reads);
		close(mail->err);
	}
	mail->pidfd = mail->err = -1;
}
