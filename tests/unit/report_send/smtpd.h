/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_H
#define SMTPD_H

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#define SMTPD_HEARD (1 << 22)
#define SMTPD_DEAF  "354 go\r\n" /* and nothing is read before smtpd_join() */

/* A mail server for one connection, in a thread of its own. It says what it is
 * told to, one reply for the greeting, each line, and the message; at the end
 * of the replies, or at "", it only listens; NULL hangs up. */
struct smtpd {
	int fd;
	unsigned port;
	pthread_t thread;
	sem_t joined;
	const char *const *reply;
	size_t n;
	char *heard; /* every octet */
	size_t n_heard;
};

void smtpd_start(struct smtpd *d, const char *const *reply, size_t n);
/* Until the client has closed; heard ends with a NUL. */
void smtpd_join(struct smtpd *d);
void smtpd_free(struct smtpd *d);

#endif
