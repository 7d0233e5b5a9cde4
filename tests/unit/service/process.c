/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "process.h"

#define WAIT_MS 60000

const char *process_program;

static struct sockaddr_un
address(const struct process *p, const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", p->dir, name);
	return addr;
}

static int
bound(const struct process *p, const char *name, int type)
{
	struct sockaddr_un addr = address(p, name);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void
readable(int fd, const char *for_what)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	if (poll(&pfd, 1, WAIT_MS) != 1)
		fail_msg("waited in vain for: %s", for_what);
}

void
process_config(struct process *p, const char *more)
{
	struct sockaddr_in addr;
	socklen_t size = sizeof(addr);
	char path[100];
	FILE *file;

	getsockname(p->dns, (struct sockaddr *)&addr, &size);
	snprintf(path, sizeof(path), "%s/conf", p->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
	    "query_socket = \"%s/q.sock\"\nadmin_socket = \"%s/a.sock\"\n"
	    "store = \"%s/store\"\nlog = stderr\nresolver = forward\n"
	    "forwarders = \"127.0.0.1@%d\"\ntrust_anchor = \"\"\n"
	    "dns_timeout = 1s\nlog_level = debug\n%s",
	    p->dir, p->dir, p->dir, ntohs(addr.sin_port), more);
	fclose(file);
}

static void
set_number(const char *name, long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", number);
	setenv(name, text, 1);
}

/* In the child: what systemd would do. */
static void
become(struct process *p, const char *option)
{
	char path[100];
	size_t i;

	for (i = 0; i < p->n_given; i++)
		dup2(p->given[i], 3 + (int)i);
	dup2(p->log_in, STDERR_FILENO);
	if (p->names != NULL) {
		set_number("LISTEN_PID", (long)getpid());
		set_number("LISTEN_FDS", (long)p->n_given);
		if (p->names[0] != '\0')
			setenv("LISTEN_FDNAMES", p->names, 1);
	}
	snprintf(path, sizeof(path), "%s/notify", p->dir);
	setenv("NOTIFY_SOCKET", path, 1);
	if (p->watchdog)
		setenv("WATCHDOG_USEC", "100000", 1);
	snprintf(path, sizeof(path), "%s/conf", p->dir);
	execl(process_program, process_program, "-c", path, option, NULL);
	_exit(127);
}

void
process_again(struct process *p)
{
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* if a test fails */
		become(p, "-f");
	}
	process_wait_note(p, "READY=1");
}

int
process_run(struct process *p, const char *option)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(p->log_in, STDOUT_FILENO);
		become(p, option);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* High numbers, so that 3 and 4 are free for what is handed over. */
static int
high(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	close(fd);
	return copy;
}

struct process *
process_start(bool watchdog, const char *names, size_t n_given)
{
	struct process *p = calloc(1, sizeof(*p));
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char given[32];
	int fd[2];
	size_t i;

	snprintf(p->dir, sizeof(p->dir), "/tmp/stsgate-process-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	assert_int_equal(pipe(fd), 0);
	p->log = high(fd[0]);
	p->log_in = high(fd[1]);
	p->dns = high(socket(AF_INET, SOCK_DGRAM, 0));
	assert_int_equal(
	    bind(p->dns, (struct sockaddr *)&addr, sizeof(addr)), 0);
	p->notify = high(bound(p, "notify", SOCK_DGRAM));
	p->names = names;
	p->n_given = n_given;
	for (i = 0; i < n_given; i++) {
		snprintf(given, sizeof(given), "given%zu", i);
		p->given[i] = high(bound(p, given, SOCK_STREAM));
		assert_int_equal(listen(p->given[i], 10), 0);
	}
	p->watchdog = watchdog;
	process_config(p, "");
	process_again(p);
	return p;
}

int
process_connect(struct process *p, const char *name)
{
	struct sockaddr_un addr = address(p, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

void
process_write(int fd, const char *text)
{
	assert_int_equal(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

void
process_wait_for(int fd, const char *text)
{
	char got[65536];
	size_t n = 0, want = strlen(text);

	do {
		readable(fd, text);
		if (read(fd, got + n, 1) != 1)
			fail_msg("end of file instead of: %s", text);
		got[++n] = '\0';
	} while (n < want || strcmp(got + n - want, text) != 0);
	got[n - want] = '\0';
	for (char *p = got; *p != '\0'; p += 10)
		assert_memory_equal(p, "STS1 wait\n", 10);
}

size_t
process_read_all(int fd)
{
	char got[4096];
	size_t n = 0;
	ssize_t more;

	do {
		readable(fd, "the end of the file");
		more = read(fd, got, sizeof(got));
		n += more > 0 ? (size_t)more : 0;
	} while (more > 0);
	close(fd);
	return n;
}

void
process_wait_log(struct process *p, const char *part)
{
	size_t n;
	char *at;
	ssize_t got;

	while ((at = strstr(p->seen, part)) == NULL) {
		n = strlen(p->seen);
		readable(p->log, part);
		got = read(p->log, p->seen + n, sizeof(p->seen) - 1 - n);
		assert_true(got > 0);
		p->seen[n + (size_t)got] = '\0';
	}
	at += strlen(part);
	memmove(p->seen, at, strlen(at) + 1);
}

void
process_wait_note(struct process *p, const char *part)
{
	char note[256];
	int notes = 0;
	ssize_t n;

	do {
		if (notes++ == 200)
			fail_msg("200 notes, but not: %s", part);
		readable(p->notify, part);
		n = recv(p->notify, note, sizeof(note) - 1, 0);
		assert_true(n > 0);
		note[n] = '\0';
	} while (strncmp(note, part, strlen(part)) != 0);
}

bool
process_exists(struct process *p, const char *name)
{
	struct sockaddr_un addr = address(p, name);
	struct stat st;

	return lstat(addr.sun_path, &st) == 0;
}

int
process_end(struct process *p)
{
	struct timespec step = {0, 10000000};
	int status, i;

	for (i = 0; i < WAIT_MS / 10; i++) {
		if (waitpid(p->pid, &status, WNOHANG) == p->pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		nanosleep(&step, NULL);
	}
	kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	fail_msg("it does not end");
	return -1;
}

void
process_free(struct process *p)
{
	char command[100];
	size_t i;

	close(p->log);
	close(p->log_in);
	close(p->notify);
	close(p->dns);
	for (i = 0; i < p->n_given; i++)
		close(p->given[i]);
	snprintf(command, sizeof(command), "rm -r %s", p->dir);
	assert_int_equal(system(command), 0);
	free(p);
}
