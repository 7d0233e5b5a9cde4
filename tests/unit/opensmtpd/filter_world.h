/* SPDX-License-Identifier: ISC */
#ifndef FILTER_WORLD_H
#define FILTER_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "filter_service.h"

/*
 * filter-stsgate between a smtpd that the test plays and the stand-in of the
 * service. What happens is written down, a line each:
 *     @ QUESTION      the service was asked
 *     > LINE          the filter to smtpd; every line must be well-formed
 *     ! LINE          the filter's log
 * The clock stands still but for pass().
 */
struct world {
	struct sts_filter *filter;
	int smtpd;
	bool stalled; /* smtpd reads nothing */
	bool full;    /* a line was not said, the filter does not read */
	bool there;   /* the filter runs */
};

/* unverified, refuse and all of config count; registers smtp-in and out. */
void begin(struct world *w, struct sts_filter_config config);
void end(struct world *w);

/* Write octets to the filter and let happen what happens. */
void say_octets(struct world *w, const char *octets, size_t n);
/* A line, LF is added. */
__attribute__((format(printf, 2, 3))) void
say(struct world *w, const char *format, ...);
/* What follows without time going by. */
void settle(struct world *w);
void pass(struct world *w, int64_t ms);

/* What was written down since the last call. Valid until the next. */
const char *happened(void);
void expect(const char *what);
/* How many lines since the last happened() begin so; does not clear. */
size_t count(const char *begin);

/* rcpt-to for address in a session of that number. */
void rcpt(struct world *w, unsigned session, const char *address);

#endif
