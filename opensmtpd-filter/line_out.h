/* SPDX-License-Identifier: ISC */
#ifndef STS_LINE_OUT_H
#define STS_LINE_OUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Lines to smtpd, in order, whole or not at all: half a line kills it. The
 * descriptor is non-blocking. Start it as {.fd = ...}.
 */
#define STS_LINE_OUT_MAX 512 /* octets of one line with LF */

struct sts_line_out {
	int fd;
	bool broken; /* nobody reads any more; what is written goes nowhere */
	size_t at, have;
	char buf[65536];
};

/* Is there room for a line of STS_LINE_OUT_MAX? */
bool sts_line_out_has_room(const struct sts_line_out *out);

/* The same, and writes what can be written to make room. */
bool sts_line_out_room(struct sts_line_out *out);

/* Only with room; a line that is too long is left out, and false returned. */
__attribute__((format(printf, 2, 3))) bool
sts_line_out_put(struct sts_line_out *out, const char *format, ...);

/* Write what can be written. */
void sts_line_out_flush(struct sts_line_out *out);

bool sts_line_out_pending(const struct sts_line_out *out);

#endif
