/* SPDX-License-Identifier: ISC */
#ifndef STS_EVENT_H
#define STS_EVENT_H

#include "call.h"

/*
 * Take one of Exim's events. Returns "" to go on; at tcp:connect and tls:cert
 * another text refuses the host. Static storage.
 */
const char *sts_event(const struct sts_call *call);

/* The same, refusing what can be refused: we were called the wrong way. */
const char *sts_event_refuse(const struct sts_call *call);

/*
 * hosts_require_tls was asked, which Exim does when TLS did not come up. Under
 * testing that is a result; under enforce Exim goes on to refuse.
 */
void sts_event_no_tls(const struct sts_call *call);

/*
 * tls_verify_hosts was asked, which Exim does when TLS begins without DANE;
 * demanded: the answer was not "".
 */
void sts_event_verify(const struct sts_call *call, bool demanded);

/*
 * The server name to send: $host, or the policy's name for it where a CNAME
 * led there. Static storage.
 */
const char *sts_event_sni(const struct sts_call *call);

/*
 * The list for tls_verify_cert_hostnames, asked next: "" where the name in the
 * certificate will be checked at tls:cert, "*" (by Exim) everywhere else.
 */
const char *sts_event_names(const struct sts_call *call);

#endif
