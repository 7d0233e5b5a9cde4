/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "line_in.h"

ssize_t
sts_line_in_read(struct sts_line_in *in, int fd)
{
	ssize_t n;

	memmove(in->buf, in->buf + in->at, in->have - in->at);
	in->have -= in->at;
	in->at = 0;
	do
		n = read(fd, in->buf + in->have, STS_LINE_IN_MAX - in->have);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		in->have += (size_t)n;
	return n;
}

/* Drop what belongs to a line that was handed out cut; true: it has ended. */
static bool
skipped(struct sts_line_in *in)
{
	char *end = memchr(in->buf + in->at, '\n', in->have - in->at);

	if (end == NULL) {
		in->at = in->have;
		return false;
	}
	in->at = (size_t)(end - in->buf) + 1;
	in->skipping = false;
	return true;
}

bool
sts_line_in_next(struct sts_line_in *in, char **line, size_t *n, bool *cut)
{
	char *start, *end;

	if (in->skipping && !skipped(in))
		return false;
	start = in->buf + in->at;
	end = memchr(start, '\n', in->have - in->at);
	*cut = end == NULL;
	if (end == NULL && in->have - in->at < STS_LINE_IN_MAX)
		return false;
	if (end == NULL) {
		end = in->buf + in->have;
		in->skipping = true;
	}
	*end = '\0';
	*line = start;
	*n = (size_t)(end - start);
	in->at += *n + (*cut ? 0 : 1);
	return true;
}
