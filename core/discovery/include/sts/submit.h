/* SPDX-License-Identifier: ISC */
#ifndef STS_SUBMIT_H
#define STS_SUBMIT_H

#include "sts/clock.h"
#include "sts/err.h"
#include "sts/log.h"
#include "sts/loopback.h"
#include "sts/sending.h"

struct event_base;
struct sts_submitter;

/*
 * Mail by SMTP to the local mail server: no program is run, so it works where
 * sendmail has no use of its setgid bit. One connection a message; as many at
 * once as there is mail. server and helo (our name) are copied. STS_ENOMEM.
 */
enum sts_err sts_submitter_new(struct event_base *base,
    const struct sts_loopback *server, const char *helo, struct sts_clock clock,
    const struct sts_log *log, struct sts_submitter **out);
/* Open mail is answered STS_SENT_LOCAL. Also from a callback. */
void sts_submitter_free(struct sts_submitter *submitter);
/* Its post is answered STS_SENT_LOCAL. */
struct sts_sending sts_submitter_sending(struct sts_submitter *submitter);

#endif
