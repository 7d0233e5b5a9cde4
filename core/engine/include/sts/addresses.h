/* SPDX-License-Identifier: ISC */
#ifndef STS_ADDRESSES_H
#define STS_ADDRESSES_H

#include <sys/socket.h>

#include "sts/dns.h"

#define STS_ADDRESSES_MAX 16 /* kept of one host, IPv6 and IPv4 mixed */

/* Lives until the callback returns. */
struct sts_address_answer {
	enum sts_dns_status status;          /* FOUND: at least one address */
	const struct sockaddr_storage *addr; /* port 0 */
	size_t n;
	bool secure;           /* all that was asked is validated by DNSSEC */
	const char *canonical; /* FOUND: where CNAMEs led; NULL: no CNAME */
};

typedef void sts_address_cb(void *arg, const struct sts_address_answer *answer);

struct sts_address_query;

/*
 * Where fetch and probe get addresses from: the resolver, or a test. A and
 * AAAA are asked together; FOUND when either has one. Callback, deadline and
 * handle as in dns.h. Nothing is filtered here: see guard.h.
 */
struct sts_addresses_ops {
	struct sts_address_query *(*lookup)(void *ctx, const char *host,
	    int64_t deadline, sts_address_cb *cb, void *arg);
	void (*cancel)(void *ctx, struct sts_address_query *query);
};

struct sts_addresses {
	const struct sts_addresses_ops *ops;
	void *ctx;
};

#endif
