/* SPDX-License-Identifier: ISC */
#ifndef STS_LINE_IN_H
#define STS_LINE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STS_LINE_IN_MAX 65536

/* Lines from a descriptor, in room that is never more. Start it as {0}. */
struct sts_line_in {
	size_t at, have; /* octets taken, octets read */
	bool skipping;   /* the rest of a line that was too long */
	char buf[STS_LINE_IN_MAX + 1];
};

/* One read(); returns as read() does, EINTR waited out. Needs room: call it
 * only when sts_line_in_next() found nothing. */
ssize_t sts_line_in_read(struct sts_line_in *in, int fd);

/*
 * The next line without its LF; line[*n] is NUL, and NUL may be in it, too.
 * Valid until the next sts_line_in_read(). Returns false when no line is whole.
 * Of one that is too long its first STS_LINE_IN_MAX octets come, with *cut.
 */
bool
sts_line_in_next(struct sts_line_in *in, char **line, size_t *n, bool *cut);

#endif
