/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_SESSION_H
#define STS_TABLE_SESSION_H

#include "table_proto.h"

/*
 * One talk with smtpd. The first octet tells the protocol: 'c' of "config|" is
 * text, all else is imsg. No input ends it but STS_OP_CLOSE.
 */
struct sts_session;

/* Answer a check of a domain or a look-up of a relay host; key is not "". */
typedef void sts_session_ask(void *arg, const struct sts_table_request *request,
    struct sts_table_result *result);

/* Write octets to smtpd; text tells the protocol. */
typedef void sts_session_write(void *arg, bool text, const char *p, size_t n);

/* NULL for no memory. */
struct sts_session *
sts_session_new(sts_session_ask *ask, sts_session_write *write, void *arg);

void sts_session_free(struct sts_session *session);

/* Take octets of smtpd. False: smtpd is done with us. */
bool sts_session_feed(struct sts_session *session, const char *p, size_t n);

#endif
