/* SPDX-License-Identifier: ISC */
#ifndef STS_RESOLVER_H
#define STS_RESOLVER_H

#include <stdbool.h>

#include "sts/addresses.h"
#include "sts/clock.h"
#include "sts/dns.h"
#include "sts/log.h"

struct event_base;

enum sts_resolver_mode {
	STS_RESOLVER_SYSTEM,   /* the name servers of resolv.conf */
	STS_RESOLVER_FORWARD,  /* those in forwarders */
	STS_RESOLVER_RECURSIVE /* from the root */
};

struct sts_resolver_config {
	enum sts_resolver_mode mode;
	const char *resolv_conf;       /* NULL: /etc/resolv.conf */
	const char *const *forwarders; /* "192.0.2.1" or "192.0.2.1@5353" */
	size_t n_forwarders;
	const char *root_hints;   /* NULL: libunbound's own */
	const char *trust_anchor; /* file; NULL: do not validate */
	bool many; /* names will be asked for, some of servers that are dead */
};

struct sts_resolver;

/*
 * One libunbound context on the loop. While nothing is known of the upstream
 * it is asked for ". DNSKEY"; if DNSSEC is stripped there, nothing is
 * validated and that is logged (resolver-no-dnssec). Strings are copied.
 * STS_EINVAL: an option does not hold (logged); STS_ENOMEM.
 */
enum sts_err sts_resolver_new(struct event_base *base,
    const struct sts_resolver_config *config, struct sts_clock clock,
    const struct sts_log *log, struct sts_resolver **out);
/* Open questions are answered STS_DNS_LOCAL. */
void sts_resolver_free(struct sts_resolver *resolver);

struct sts_dns sts_resolver_dns(struct sts_resolver *resolver);
struct sts_addresses sts_resolver_addresses(struct sts_resolver *resolver);
/* "validating", "stripped", "off", "unknown". */
const char *sts_resolver_state(const struct sts_resolver *resolver);
bool sts_resolver_idle(const struct sts_resolver *resolver);

#endif
