/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sts/service.h"

static void
to_syslog(void *ctx, enum sts_level level, const char *line)
{
	static const int priority[] = {
	    LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERR};

	(void)ctx;
	syslog(LOG_MAIL | priority[level], "%s", line);
}

/* One write a line, so that lines of several processes do not mix. */
static void
to_stderr(void *ctx, enum sts_level level, const char *line)
{
	char text[STS_LOG_LINE + 32];
	int n = snprintf(text, sizeof(text), "stsgated: %s: %s\n",
	    sts_level_name(level), line);

	(void)ctx;
	if (n >= (int)sizeof(text)) {
		n = sizeof(text) - 1;
		text[n - 1] = '\n';
	}
	(void)!write(STDERR_FILENO, text, (size_t)n);
}

void
sts_log_open(
    struct sts_log *log, enum sts_config_log sink, enum sts_level least)
{
	if (sink == STS_CONFIG_SYSLOG)
		openlog("stsgated", LOG_PID | LOG_NDELAY, LOG_MAIL);
	log->write = sink == STS_CONFIG_SYSLOG ? to_syslog : to_stderr;
	log->ctx = NULL;
	log->least = least;
}
