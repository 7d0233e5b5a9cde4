/* SPDX-License-Identifier: ISC */
/*
 * table-stsgate: the tables "domain" and "relayhost" of OpenSMTPD, out of
 * stsgated. smtpd ends when a table does, so nothing ends this but smtpd.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "service_link.h"
#include "table_ask.h"
#include "table_session.h"

#define POLL_MAX 60000
#define IN_SIZE  16384

struct table {
	struct sts_asker *asker;
	bool done;
};

static void
complain(const char *path, unsigned int line, const char *what)
{
	syslog(LOG_WARNING, "config-error file=%.200s line=%u text=\"%s\"",
	    path, line, what);
}

static void
note(int priority, const char *text)
{
	syslog(priority, "%s", text);
}

static void
find(void *arg, const struct sts_table_request *request,
    struct sts_table_result *result)
{
	struct table *table = arg;

	if (request->op == STS_OP_CHECK)
		sts_asker_check(table->asker, request->key, result);
	else
		sts_asker_lookup(table->asker, request->key, result);
}

/* Of 6.8, standard input is the only way, and goes both ways. */
static void
write_all(void *arg, bool text, const char *p, size_t n)
{
	struct table *table = arg;
	int fd = text ? STDOUT_FILENO : STDIN_FILENO;

	while (n > 0 && !table->done) {
		ssize_t some = write(fd, p, n);
		struct pollfd wait = {.fd = fd, .events = POLLOUT};

		if (some >= 0) {
			p += some;
			n -= (size_t)some;
		} else if (errno == EAGAIN) {
			(void)poll(&wait, 1, POLL_MAX);
		} else if (errno != EINTR) {
			table->done = true; /* smtpd is gone */
		}
	}
}

static int
poll_time(const struct sts_asker *asker)
{
	int64_t next = sts_asker_next(asker), now = sts_link_now();

	if (next <= now)
		return 0;
	return next - now < POLL_MAX ? (int)(next - now) : POLL_MAX;
}

static void
read_some(struct table *table, struct sts_session *session)
{
	char in[IN_SIZE];
	ssize_t n = read(STDIN_FILENO, in, sizeof(in));

	if (n > 0) {
		if (!sts_session_feed(session, in, (size_t)n))
			table->done = true;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		table->done = true;
	}
}

static void
serve(struct table *table, struct sts_session *session)
{
	struct pollfd p[1 + STS_ASKER_FDS];

	while (!table->done) {
		p[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		sts_asker_poll(table->asker, p + 1);
		if (poll(p, 1 + STS_ASKER_FDS, poll_time(table->asker)) <= 0)
			p[0].revents = p[1].revents = p[2].revents = 0;
		sts_asker_run(table->asker, p + 1);
		if (p[0].revents != 0)
			read_some(table, session);
	}
}

/* The end of smtpd shows at standard input, and is the only one. */
static void
ignore_signals(void)
{
	static const int signals[] = {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGQUIT,
	    SIGALRM, SIGUSR1, SIGUSR2};
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

/* No connection of ours may be taken for a standard descriptor. */
static void
fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	struct table table = {0};
	struct sts_table_conf conf;
	struct sts_session *session;

	fill_standard();
	ignore_signals();
	/* smtpd names a table by argv[0]; the log is to name the program. */
	openlog("table-stsgate", LOG_PID | LOG_PERROR | LOG_NDELAY, LOG_MAIL);
	sts_table_conf_read(argc > 1 ? argv[1] : NULL, &conf, complain);
	table.asker = sts_asker_new(&conf, note);
	session = sts_session_new(find, write_all, &table);
	if (table.asker == NULL || session == NULL) {
		syslog(LOG_ERR, "no-memory");
		return EXIT_FAILURE;
	}
	serve(&table, session);
	sts_session_free(session);
	sts_asker_free(table.asker);
	return EXIT_SUCCESS;
}
