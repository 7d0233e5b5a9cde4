/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "filter_log.h"

#define LINE_MAX_OUT 1024

/* The flags of standard error are not ours alone to change. */
static void
put(const char *line, size_t n)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t sent =
	    send(STDERR_FILENO, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0 && errno == ENOTSOCK && poll(&p, 1, 0) == 1)
		sent = write(STDERR_FILENO, line, n);
	(void)sent;
}

void
sts_filter_log(const char *format, ...)
{
	char line[LINE_MAX_OUT];
	va_list args;
	size_t n, i;
	int made;

	va_start(args, format);
	made = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (made < 0)
		return;
	n = (size_t)made < sizeof(line) ? (size_t)made : sizeof(line) - 1;
	for (i = 0; i < n; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	line[n] = '\n';
	put(line, n + 1);
}
