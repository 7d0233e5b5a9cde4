/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "line_out.h"

void
sts_line_out_flush(struct sts_line_out *out)
{
	while (out->at < out->have && !out->broken) {
		ssize_t n =
		    write(out->fd, out->buf + out->at, out->have - out->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0)
			out->broken = true;
		else
			out->at += (size_t)n;
	}
	out->at = out->have = 0;
}

bool
sts_line_out_has_room(const struct sts_line_out *out)
{
	return sizeof(out->buf) - out->have >= STS_LINE_OUT_MAX;
}

bool
sts_line_out_room(struct sts_line_out *out)
{
	if (sts_line_out_has_room(out))
		return true;
	sts_line_out_flush(out);
	memmove(out->buf, out->buf + out->at, out->have - out->at);
	out->have -= out->at;
	out->at = 0;
	return sts_line_out_has_room(out);
}

bool
sts_line_out_put(struct sts_line_out *out, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out->buf + out->have, STS_LINE_OUT_MAX - 1, format, args);
	va_end(args);
	if (n < 0 || n >= STS_LINE_OUT_MAX - 1)
		return false;
	out->have += (size_t)n;
	out->buf[out->have++] = '\n';
	return true;
}

bool
sts_line_out_pending(const struct sts_line_out *out)
{
	return out->at < out->have;
}
