/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdlib.h>

#include "daemon.h"

enum { EXIT_RUN = 1, EXIT_USAGE = 64, EXIT_CONFIG = 78 }; /* sysexits(3) */

static const char usage[] =
    "usage: stsgated [-c FILE] [-ftv] [--version]\n"
    "  -c FILE    configuration (" STS_CONFIG_FILE ")\n"
    "  -f         stay in the foreground, as it always does\n"
    "  -t         test the configuration and exit\n"
    "  -v         log everything to standard error\n";

void
sts_daemon_log_open(struct sts_daemon *daemon)
{
	if (daemon->verbose)
		sts_log_open(&daemon->log, STS_CONFIG_STDERR, STS_LOG_DEBUG);
	else
		sts_log_open(&daemon->log,
		    (enum sts_config_log)daemon->config.log,
		    (enum sts_level)daemon->config.log_level);
}

static int
options(int argc, char **argv, struct sts_daemon *daemon, bool *test)
{
	static const struct option longs[] = {
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "c:ftv", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			daemon->path = optarg;
			daemon->named = true;
			break;
		case 'f':
			break;
		case 't':
			*test = true;
			break;
		case 'v':
			daemon->verbose = true;
			break;
		case 'V':
			printf("stsgated %s\n", STS_VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return 0;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

static int
read_config(struct sts_daemon *daemon, bool test)
{
	struct sts_findings findings;
	enum sts_err err;

	err = sts_config_load(
	    daemon->path, daemon->named, &daemon->config, &findings);
	if (err == STS_OK && test)
		err = sts_config_check(daemon->path, daemon->named, &findings);
	if (err == STS_OK)
		return 0;
	/* Where to log is not known: who starts us shall see it. */
	sts_log_open(&daemon->log, STS_CONFIG_STDERR, STS_LOG_DEBUG);
	sts_daemon_findings(daemon, &findings, err);
	return EXIT_CONFIG;
}

int
main(int argc, char **argv)
{
	static struct sts_daemon daemon = {
	    .path = STS_CONFIG_FILE, .sockets = {.fd = {-1, -1}}};
	bool test = false;
	int rc = options(argc, argv, &daemon, &test);

	if (rc == 0)
		rc = read_config(&daemon, test);
	if (rc != 0)
		return rc;
	if (test) {
		printf("%s: valid\n", daemon.path);
		sts_config_free(&daemon.config);
		return 0;
	}
	sts_daemon_log_open(&daemon);
	if (sts_daemon_start(&daemon) == STS_OK)
		sts_daemon_run(&daemon);
	else
		rc = EXIT_RUN;
	sts_daemon_free(&daemon);
	return rc;
}
