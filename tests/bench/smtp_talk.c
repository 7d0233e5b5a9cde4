/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "smtp_talk.h"

void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
	    strerror(errno));
	exit(1);
}

int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
talk_dial(struct talk *talk, const char *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	int on = 1;

	talk->fd = socket(AF_INET, SOCK_STREAM, 0);
	talk->n = 0;
	must(talk->fd >= 0, "socket");
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	must(connect(talk->fd, (struct sockaddr *)&in, sizeof(in)) == 0, port);
	setsockopt(talk->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void
talk_say(struct talk *talk, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t some = send(talk->fd, text, n, MSG_NOSIGNAL);

		must(some > 0, "send");
		text += some;
		n -= (size_t)some;
	}
}

/* Take the first line, if there is one; true: it ends a reply. */
static int
take_line(struct talk *talk, const char *code, int *ended)
{
	char *end = memchr(talk->in, '\n', talk->n);
	size_t n;

	if (end == NULL)
		return 0;
	n = (size_t)(end - talk->in) + 1;
	if (n < 4 || strncmp(talk->in, code, strlen(code)) != 0) {
		fprintf(stderr, "%s: not %s: %.*s",
		    program_invocation_short_name, code, (int)n, talk->in);
		exit(1);
	}
	*ended = talk->in[3] != '-';
	talk->n -= n;
	memmove(talk->in, talk->in + n, talk->n);
	return 1;
}

void
talk_hear(struct talk *talk, const char *code)
{
	int ended = 0;

	while (!ended) {
		ssize_t n;

		if (take_line(talk, code, &ended))
			continue;
		n = recv(talk->fd, talk->in + talk->n,
		    sizeof(talk->in) - talk->n, 0);
		must(n > 0, "the server went away");
		talk->n += (size_t)n;
	}
}

void
talk_ask(struct talk *talk, const char *code, const char *format, ...)
{
	char line[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	must(n > 0 && (size_t)n < sizeof(line), "a long line");
	talk_say(talk, line, (size_t)n);
	talk_hear(talk, code);
}

void
talk_begin(struct talk *talk, const char *port)
{
	talk_dial(talk, port);
	talk_hear(talk, "220");
	talk_ask(talk, "250", "EHLO bench.lab.example\r\n");
}

void
talk_end(struct talk *talk)
{
	talk_ask(talk, "221", "QUIT\r\n");
	close(talk->fd);
}

char **
talk_addresses(size_t *n)
{
	char **list = NULL, line[512];

	for (*n = 0; fgets(line, sizeof(line), stdin) != NULL; (*n)++) {
		line[strcspn(line, "\n")] = '\0';
		list = realloc(list, (*n + 1) * sizeof(*list));
		must(list != NULL, "memory");
		list[*n] = strdup(line);
		must(list[*n] != NULL, "memory");
	}
	return list;
}
