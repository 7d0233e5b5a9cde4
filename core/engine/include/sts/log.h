/* SPDX-License-Identifier: ISC */
#ifndef STS_LOG_H
#define STS_LOG_H

#include "sts/str.h"

#define STS_LOG_LINE 1024 /* octets of a line; longer ones are cut */

enum sts_level {
	STS_LOG_DEBUG,   /* hits */
	STS_LOG_INFO,    /* changes of state */
	STS_LOG_NOTICE,  /* enforce became testing or none */
	STS_LOG_WARNING, /* refusals, failed refreshes */
	STS_LOG_ERROR    /* something of ours is broken */
};

/* Injected: syslog, standard error, or a test that knows what to expect. */
struct sts_log {
	void (*write)(void *ctx, enum sts_level level, const char *line);
	void *ctx;
	enum sts_level least; /* lines below it are not made */
};

/*
 * One event a line: the event word, then key=value pairs as the format gives
 * them. Remote text goes through sts_str_escape() first. Octets that are not
 * printable ASCII are made \xHH all the same. errno is kept. log may be NULL.
 */
void sts_log(const struct sts_log *log, enum sts_level level, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

const char *sts_level_name(enum sts_level level);

#endif
