/* SPDX-License-Identifier: ISC */
#ifndef STS_SENDMAIL_H
#define STS_SENDMAIL_H

#include "sts/clock.h"
#include "sts/err.h"
#include "sts/log.h"
#include "sts/sending.h"

struct event_base;

struct sts_sendmail_config {
	const char *program; /* NULL: /usr/sbin/sendmail */
	size_t running_max;  /* programs at once, 1..; the others wait */
};

struct sts_sendmail;

/*
 * Mail by the local mail server's own program, "sendmail -i -f FROM -- TO".
 * The process must ignore SIGPIPE and not SIGCHLD, which no handler is needed
 * for: a program is waited for by its pidfd, and others' children are left
 * alone. Strings are copied. STS_EINVAL: no pidfd_open(), which is Linux 5.3
 * (logged); STS_ENOMEM.
 */
enum sts_err sts_sendmail_new(struct event_base *base,
    const struct sts_sendmail_config *config, struct sts_clock clock,
    const struct sts_log *log, struct sts_sendmail **out);
/* Open mail is answered STS_SENT_LOCAL, its programs are killed and waited
 * for. Also from a callback. */
void sts_sendmail_free(struct sts_sendmail *sendmail);
/* Its post is answered STS_SENT_LOCAL. */
struct sts_sending sts_sendmail_sending(struct sts_sendmail *sendmail);

#endif
