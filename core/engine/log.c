/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sts/log.h"

/* Copy what is printable, \xHH for the rest, whole escapes only. */
static void
clean(const char *in, char *out, size_t size)
{
	size_t n = 0;

	for (; *in != '\0'; in++) {
		unsigned char c = (unsigned char)*in;
		bool plain = c >= 0x20 && c < 0x7f;
		size_t need = plain ? 1 : 4;

		if (n + need >= size)
			break;
		if (plain)
			out[n] = (char)c;
		else
			(void)snprintf(out + n, size - n, "\\x%02X", c);
		n += need;
	}
	out[n] = '\0';
}

void
sts_log(const struct sts_log *log, enum sts_level level, const char *event,
    const char *fmt, ...)
{
	char raw[STS_LOG_LINE + 1];
	char line[STS_LOG_LINE + 1];
	int saved = errno;
	va_list ap;
	int n;

	if (log == NULL || level < log->least)
		return;
	n = snprintf(raw, sizeof(raw), "%s ", event);
	if (n < 0 || (size_t)n >= sizeof(raw))
		n = 0;
	va_start(ap, fmt);
	if (vsnprintf(raw + n, sizeof(raw) - (size_t)n, fmt, ap) < 0)
		raw[n] = '\0';
	va_end(ap);
	clean(raw, line, sizeof(line));
	log->write(log->ctx, level, line);
	errno = saved;
}
