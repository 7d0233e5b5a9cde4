/* SPDX-License-Identifier: ISC */
#include "smtpd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

/* Is what came since from over? */
static bool
whole(const struct smtpd *d, size_t from, bool message)
{
	const char *end = message ? "\r\n.\r\n" : "\r\n";

	return strstr(d->heard + from, end) != NULL;
}

/* The next line, or a message; false: the client has closed. */
static bool
hear(struct smtpd *d, int fd, bool message)
{
	size_t from = d->n_heard;
	ssize_t n;

	while (!whole(d, from, message)) {
		n = recv(
		    fd, d->heard + d->n_heard, SMTPD_HEARD - 1 - d->n_heard, 0);
		if (n <= 0)
			return false;
		d->n_heard += (size_t)n;
	}
	return true;
}

static void *
serve(void *arg)
{
	struct smtpd *d = arg;
	int fd = accept(d->fd, NULL, NULL);
	bool message = false;
	size_t i;

	for (i = 0; i < d->n && d->reply[i] != NULL && *d->reply[i] != '\0';
	     i++) {
		(void)!send(fd, d->reply[i], strlen(d->reply[i]), MSG_NOSIGNAL);
		message = strncmp(d->reply[i], "354", 3) == 0;
		if (strcmp(d->reply[i], SMTPD_DEAF) == 0)
			sem_wait(&d->joined);
		if (!hear(d, fd, message))
			break;
	}
	while (i < d->n && d->reply[i] != NULL && hear(d, fd, false))
		;
	while (i == d->n && hear(d, fd, false))
		;
	close(fd);
	return NULL;
}

void
smtpd_start(struct smtpd *d, const char *const *reply, size_t n)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(addr);

	d->reply = reply;
	d->n = n;
	d->n_heard = 0;
	d->heard = calloc(1, SMTPD_HEARD);
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(d->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(d->fd, 1), 0);
	assert_int_equal(
	    getsockname(d->fd, (struct sockaddr *)&addr, &size), 0);
	d->port = ntohs(addr.sin_port);
	assert_int_equal(sem_init(&d->joined, 0, 0), 0);
	assert_int_equal(pthread_create(&d->thread, NULL, serve, d), 0);
}

void
smtpd_join(struct smtpd *d)
{
	sem_post(&d->joined);
	assert_int_equal(pthread_join(d->thread, NULL), 0);
	sem_destroy(&d->joined);
}

void
smtpd_free(struct smtpd *d)
{
	close(d->fd);
	free(d->heard);
}
