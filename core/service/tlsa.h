/* SPDX-License-Identifier: ISC */
#ifndef STS_SERVICE_TLSA_H
#define STS_SERVICE_TLSA_H

#include "conn.h"

/*
 * A line with the host, in lower case, and a line for each of its TLSA records
 * for SMTP, in order: what a report has as DANE's policy (RFC 8460 section
 * 4.4). No records: none are to be had in a short time, or not validated; "":
 * that is no host. Lives until the callback returns.
 */
typedef void sts_tlsa_cb(void *arg, struct sts_str text);

/* The callback comes once, possibly inside the call. */
void sts_tlsa_look(
    struct sts_service *service, const char *host, sts_tlsa_cb *cb, void *arg);
/* What is open is called back. */
void sts_tlsa_end(struct sts_service *service);

#endif
