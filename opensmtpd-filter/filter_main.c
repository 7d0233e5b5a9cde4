/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "filter.h"
#include "filter_log.h"
#include "service_link.h"

#define SOCKET   "/run/stsgate/query.sock"
#define POLL_MAX 60000

static const char usage[] =
    "usage: filter-stsgate [-orv] [-s socket]\n"
    "  -o         TLS of the actions with this filter is not verified\n"
    "  -r         answer 451 to RCPT where no MX qualifies now; mail of the\n"
    "             local sendmail is lost by that\n"
    "  -s socket  of stsgated (" SOCKET ")\n"
    "  -v         log every delivery\n";

static bool
read_options(int argc, char **argv, struct sts_filter_config *config)
{
	int c;

	while ((c = getopt(argc, argv, "ors:v")) != -1) {
		switch (c) {
		case 'o':
			config->unverified = true;
			break;
		case 'r':
			config->refuse = true;
			break;
		case 's':
			config->socket = optarg;
			break;
		case 'v':
			config->all = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc;
}

/*
 * Our end would be smtpd's. So what asks us to end only lets everybody go
 * who is held; the end of standard input, which is smtpd's, ends us.
 */
static int
open_signals(void)
{
	static const int none[] = {
	    SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2};
	sigset_t term;
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		signal(none[i], SIG_IGN);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return signalfd(-1, &term, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* What we open must not become a standard descriptor, if one is closed. */
static void
fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void
unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static void
take_signal(int fd, struct sts_filter *filter)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	sts_filter_log("SIGTERM: no recipient is held from now on");
	sts_filter_release(filter);
}

static int
poll_time(const struct sts_filter *filter)
{
	int64_t left = sts_filter_next(filter) - sts_link_now();

	if (left <= 0)
		return 0;
	return left < POLL_MAX ? (int)left : POLL_MAX;
}

static void
serve(struct sts_filter *filter, int signals)
{
	struct pollfd p[STS_FILTER_FDS + 1];
	bool there = true;

	while (there) {
		nfds_t n = sts_filter_poll(filter, p + 1), i;

		p[0] = (struct pollfd){.fd = signals, .events = POLLIN};
		if (poll(p, n + 1, poll_time(filter)) < 0)
			for (i = 0; i <= n; i++)
				p[i].revents = 0;
		if (p[0].revents != 0)
			take_signal(signals, filter);
		there = sts_filter_run(filter, p + 1);
	}
}

int
main(int argc, char **argv)
{
	struct sts_filter_config config = {
	    .socket = SOCKET, .in = STDIN_FILENO, .out = STDOUT_FILENO};
	struct sts_filter *filter;
	int signals;

	if (!read_options(argc, argv, &config)) {
		fputs(usage, stderr);
		return EXIT_FAILURE;
	}
	fill_standard();
	signals = open_signals();
	unblock(STDIN_FILENO);
	unblock(STDOUT_FILENO);
	filter = sts_filter_new(&config);
	if (filter == NULL) {
		sts_filter_log("start: %s", strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	serve(filter, signals);
	sts_filter_free(filter);
	return EXIT_SUCCESS;
}
