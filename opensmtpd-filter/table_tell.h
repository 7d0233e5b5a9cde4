/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_TELL_H
#define STS_TABLE_TELL_H

#include "service_link.h"
#include "table_ask.h"

/* Of table_ask.c alone. */

/*
 * An attempt to deliver was held, as no MX qualifies: it counts as a session
 * that failed. Nobody waits for the answer.
 */
void sts_tell_held(struct sts_link *link, const char *domain);

/* Into the log: smtpd stood still for so many milliseconds, for nothing. */
void sts_tell_in_vain(sts_asker_note *note, const char *domain, int64_t waited);

#endif
