/* SPDX-License-Identifier: ISC */
#ifndef STS_HOSTLIST_H
#define STS_HOSTLIST_H

#include "call.h"

/*
 * The list for ignore_target_hosts, items separated by ";": every host but
 * those that the policy names (enforce), every host (temporary), or none.
 * Static storage.
 */
const char *sts_hostlist_ignore(const struct sts_call *call);
/*
 * What ends that list where rest= names it: "*", and that Exim asked, which it
 * does for a host that the policy does not name, is remembered.
 */
const char *sts_hostlist_rest(const struct sts_call *call);
/*
 * The list for interface: any address, by name where a policy is enforced, by
 * "" elsewhere. Exim shares retry records, and connections held after a
 * callout, between equal ones only.
 */
const char *sts_hostlist_interface(const struct sts_call *call);
/*
 * "true" or "false" for retry_include_ip_address: false for a $host that an
 * enforced policy does not name, so that refusing it leaves no retry record
 * that mail for domains which do name it would heed.
 */
const char *sts_hostlist_retry(const struct sts_call *call);
/*
 * The list for fail_defer_domains, asked where a router found no host: "*"
 * where that may be our doing (the last ignore list for the domain was not
 * empty) or where a policy is enforced or not known, else "", so that mail for
 * a domain that does not exist is returned as ever.
 */
const char *sts_hostlist_defer(const struct sts_call *call);
/*
 * The list for domains of a router: "*" where a policy holds or it is not
 * known whether, else "!*". Never "", which matches everything after a negated
 * item.
 */
const char *sts_hostlist_domains(const struct sts_call *call);
/* The list for hosts_require_tls and tls_verify_hosts: "*" or "". */
const char *sts_hostlist_tls(const struct sts_call *call);

#endif
