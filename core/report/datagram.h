/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_DATAGRAM_H
#define STS_REPORT_DATAGRAM_H

#include "sts/tls_result.h"

/*
 * A result as tlsrpt-collectd takes it, in the format of libtlsrpt ("dpv" 1): a
 * JSON object with the domain, its record at _smtp._tls, and one policy with
 * one session. In two steps, as the record has to be looked up. Malloc'd, for
 * the caller to free.
 */
/* The value of "policies". STS_ENOMEM. */
enum sts_err
sts_datagram_policies(const struct sts_tls_result *result, char **out);
/* The whole. NULL: no memory. */
char *sts_datagram(const char *domain, struct sts_str record,
    const char *policies, size_t *size);

#endif
