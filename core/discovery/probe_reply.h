/* SPDX-License-Identifier: ISC */
#ifndef STS_PROBE_REPLY_H
#define STS_PROBE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#define STS_PROBE_LINE  1024  /* octets of a line, its end left out */
#define STS_PROBE_REPLY 16384 /* octets of a whole reply */

enum sts_probe_read { STS_PROBE_MORE, STS_PROBE_DONE, STS_PROBE_BAD };

/* One reply of an SMTP server (RFC 5321 section 4.2), as it comes in. */
struct sts_probe_reply {
	char line[STS_PROBE_LINE + 1];
	size_t n_line, total, lines;
	int code;      /* of the first line; 0: none yet */
	bool starttls; /* a line behind the first offers it (RFC 3207) */
};

/* Zeroes are a reply that has not begun. used: how much of p belongs to it. */
enum sts_probe_read sts_probe_read(
    struct sts_probe_reply *reply, const char *p, size_t n, size_t *used);

#endif
