/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "filter_service.h"

/* The program as smtpd starts it: a socket as its input and output. */
struct child {
	pid_t pid;
	int fd, err;
};

static const char *program;

#define ASK(session)                            \
	"filter|0.7|1|smtp-in|rcpt-to|" session \
	"|3ccae07a39c9d171|u@a.example\n"
#define PROCEED(session) "filter-result|" session "|3ccae07a39c9d171|proceed\n"
#define REPORT(event)    "register|report|smtp-out|" event "\n"
#define REGISTERED                                                             \
	"register|filter|smtp-in|rcpt-to\n" REPORT("link-connect")             \
	    REPORT("link-greeting") REPORT("link-identify") REPORT("link-tls") \
		REPORT("protocol-client") REPORT("protocol-server")            \
		    REPORT("tx-begin") REPORT("tx-rcpt") REPORT("tx-commit")   \
			REPORT("link-disconnect") "register|ready\n"

static struct child
start(const char *option)
{
	int pair[2], err[2];
	struct child c;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, err), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		dup2(pair[1], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		close(pair[0]);
		close(pair[1]);
		close(err[0]);
		close(err[1]);
		execl(program, program, "-s", service_path(), option, NULL);
		_exit(127);
	}
	close(pair[1]);
	close(err[1]);
	c.fd = pair[0];
	c.err = err[0];
	return c;
}

static void
put(const struct child *c, const char *text)
{
	assert_int_equal(
	    send(c->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Read until exactly this came from fd, while the service does its part. */
static void
get(int fd, const char *want)
{
	char got[4096] = "";
	size_t n = 0;
	time_t end = time(NULL) + 60;

	while (strcmp(got, want) != 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t more;

		service_step();
		if (poll(&p, 1, 10) == 0 && time(NULL) < end)
			continue;
		more = recv(fd, got + n, sizeof(got) - n - 1, MSG_DONTWAIT);
		if (more <= 0)
			fail_msg("want \"%s\", got \"%s\"", want, got);
		n += (size_t)more;
		got[n] = '\0';
	}
}

static int
finish(const struct child *c)
{
	int status;

	close(c->fd);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	get(c->err, "");
	close(c->err);
	service_end();
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *
silent(const char *question)
{
	(void)question;
	return "";
}

static const char *
none(const char *question)
{
	(void)question;
	return "STS1 none a.example state=negative reason=no-record";
}

static void
register_with(const struct child *c)
{
	put(c, "config|smtpd-version|7.6.0\nconfig|ready\n");
	get(c->fd, REGISTERED);
}

static void
answers_and_ends_with_its_input(void **state)
{
	struct child c;

	(void)state;
	service_answer = none;
	service_up();
	c = start(NULL);
	register_with(&c);
	put(&c, ASK("01"));
	get(c.fd, PROCEED("01"));
	put(&c, "filter|0.7|1|smtp-in|rcpt"); /* and there it ends */
	assert_int_equal(finish(&c), 0);
}

static void
ends_before_the_handshake(void **state)
{
	struct child c = start(NULL);

	(void)state;
	put(&c, "config|smtpd-version|7.6.0\n");
	assert_int_equal(finish(&c), 0);
}

static void
ends_while_holding(void **state)
{
	struct child c;

	(void)state;
	service_answer = silent;
	service_up();
	c = start(NULL);
	register_with(&c);
	put(&c, ASK("01"));
	while (service_connections() == 0)
		service_step();
	assert_int_equal(finish(&c), 0);
}

/* SIGTERM lets everybody go and ends nothing: its end would be smtpd's. */
static void
signals(void **state)
{
	static const int others[] = {
	    SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGINT, SIGQUIT, SIGALRM};
	struct child c;
	size_t i;

	(void)state;
	service_answer = silent;
	service_up();
	c = start(NULL);
	register_with(&c);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		kill(c.pid, others[i]);
	put(&c, ASK("01"));
	while (service_connections() == 0)
		service_step();
	kill(c.pid, SIGTERM);
	get(c.fd, PROCEED("01"));
	get(c.err, "SIGTERM: no recipient is held from now on\n");
	put(&c, ASK("02"));
	get(c.fd, PROCEED("02"));
	assert_int_equal(finish(&c), 0);
}

/* The service hangs: let go after 1.5 s by a real clock. */
static void
hung_service(void **state)
{
	struct child c;

	(void)state;
	service_answer = silent;
	service_up();
	service_hung = true;
	c = start("-r");
	register_with(&c);
	put(&c, ASK("01"));
	get(c.fd, PROCEED("01"));
	assert_int_equal(finish(&c), 0);
}

static void
knows_no_such_option(void **state)
{
	struct child c = start("-x");
	int status;

	(void)state;
	assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	close(c.fd);
	close(c.err);
	service_end();
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_and_ends_with_its_input),
	    cmocka_unit_test(ends_before_the_handshake),
	    cmocka_unit_test(ends_while_holding),
	    cmocka_unit_test(signals),
	    cmocka_unit_test(hung_service),
	    cmocka_unit_test(knows_no_such_option),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
