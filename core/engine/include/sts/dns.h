/* SPDX-License-Identifier: ISC */
#ifndef STS_DNS_H
#define STS_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "sts/domain.h"
#include "sts/record.h"

#define STS_MX_MAX   64 /* MX records kept of one answer */
#define STS_TLSA_MAX 32 /* TLSA records, the first of them */

enum sts_dns_status {
	STS_DNS_FOUND,    /* the records are in the answer */
	STS_DNS_ABSENT,   /* NXDOMAIN or no such type: an answer, not a fault */
	STS_DNS_SERVFAIL, /* SERVFAIL, REFUSED, or an answer we cannot read */
	STS_DNS_TIMEOUT,  /* nobody answered by the deadline */
	STS_DNS_BOGUS,    /* DNSSEC says forged */
	STS_DNS_LOCAL     /* our own limit or fault; nothing was learned */
};

struct sts_mx {
	uint16_t preference;
	char
	    host[STS_DOMAIN_SIZE]; /* lower case, no trailing dot; "" is null */
};

/* RFC 6698 section 2.1; values that nobody has defined come as they are. */
struct sts_tlsa {
	uint8_t usage, selector, matching;
	struct sts_str data; /* octets, at least one */
};

/* Lives until the callback returns. Only what the question asked is set. */
struct sts_dns_answer {
	enum sts_dns_status status;
	bool secure; /* validated by DNSSEC */
	/* Seconds, the least of the chain; when absent, how long that holds:
	 * SOA minimum and TTL, 0 if that is not known. */
	uint32_t ttl;
	struct sts_txt txt;      /* FOUND, asked for TXT */
	const struct sts_mx *mx; /* FOUND, asked for MX; by preference */
	size_t n_mx;
	/* Asked for MX, FOUND or (all are such) SERVFAIL: the first whose host
	 * can be none, an address say; remote text, to be shown. NULL: none */
	const struct sts_mx *mx_bad;
	size_t n_mx_bad;
	const struct sts_tlsa *tlsa; /* FOUND, asked for TLSA */
	size_t n_tlsa;
};

typedef void sts_dns_cb(void *arg, const struct sts_dns_answer *answer);

struct sts_dns_query;

struct sts_dns_ops {
	/*
	 * Ask for a name's TXT (MX, TLSA) records, following CNAMEs (TXT-7).
	 * The callback comes exactly once, by the deadline (mono, milliseconds)
	 * at the latest, possibly inside the call. Returns a handle for
	 * cancel, or NULL when the callback has already run.
	 */
	struct sts_dns_query *(*txt)(void *ctx, const char *name,
	    int64_t deadline, sts_dns_cb *cb, void *arg);
	struct sts_dns_query *(*mx)(void *ctx, const char *name,
	    int64_t deadline, sts_dns_cb *cb, void *arg);
	struct sts_dns_query *(*tlsa)(void *ctx, const char *name,
	    int64_t deadline, sts_dns_cb *cb, void *arg);
	/* No callback will come. */
	void (*cancel)(void *ctx, struct sts_dns_query *query);
};

struct sts_dns {
	const struct sts_dns_ops *ops;
	void *ctx;
};

const char *sts_dns_status_name(enum sts_dns_status status);

#endif
