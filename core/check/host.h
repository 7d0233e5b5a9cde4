/* SPDX-License-Identifier: ISC */
#ifndef HOST_H
#define HOST_H

#include <sys/queue.h>

#include "sts/check.h"

#define STS_CHECK_TRIES  4 /* addresses of a host that are connected to */
#define STS_HOST_BUCKETS 512
#define STS_HOSTS_KEPT   4096 /* that nobody waits for */

struct sts_checker;
struct sts_check_one;

/* What TLSA records say of the certificate that an address showed. */
enum sts_dane_fit {
	STS_DANE_UNSEEN, /* there is none, or no usable record */
	STS_DANE_FITS,
	STS_DANE_FITS_ABOVE, /* by usage 2 alone */
	STS_DANE_DIFFERS
};

/* One address, connected to. */
struct sts_check_try {
	struct sts_check_host *host;
	char address[STS_TRACE_ADDRESS];
	enum sts_probe_status status;
	const char *result; /* as in probing.h; static */
	char detail[STS_PROBE_DETAIL];
	const char *tls; /* NULL: no certificate was seen */
	struct sts_cert_seen cert;
	enum sts_dane_fit fit;
};

struct sts_check_waiter {
	TAILQ_ENTRY(sts_check_waiter) link;
	struct sts_check_one *one;
};

/* An MX host, whatever domains it serves. */
struct sts_check_host {
	TAILQ_ENTRY(sts_check_host) link; /* queued, or known and unused */
	LIST_ENTRY(sts_check_host) bucket;
	struct sts_checker *checker;
	char name[STS_DOMAIN_SIZE];
	unsigned users; /* who may not lose it */
	bool done, queued, idle;
	enum sts_dns_status status; /* of its addresses */
	bool secure;
	char canonical[STS_DOMAIN_SIZE]; /* "": it is no CNAME */
	struct sockaddr_storage addr[STS_CHECK_TRIES];
	size_t n_addr, n_left_out;
	enum sts_dns_status tlsa_status;
	bool tlsa_secure, tlsa_again;
	struct sts_tlsa *tlsa; /* one block */
	size_t n_tlsa;
	struct sts_check_try tries[STS_CHECK_TRIES];
	size_t n_tries, open;
	TAILQ_HEAD(sts_check_waiters, sts_check_waiter) waiters;
};

struct sts_check_hosts {
	LIST_HEAD(sts_check_bucket, sts_check_host) bucket[STS_HOST_BUCKETS];
	TAILQ_HEAD(sts_host_queue, sts_check_host) queue, idle;
	size_t open, n_idle;
	bool answered; /* one did, on port 25: it is not shut here */
};

void sts_hosts_init(struct sts_check_hosts *hosts);
void sts_hosts_free(struct sts_check_hosts *hosts);
/*
 * Look at a host, or wait for who does; one is told by
 * sts_check_answered(), possibly inside the call. NULL: out of memory, and
 * nobody is told. For sts_host_release().
 */
struct sts_check_host *sts_host_look(
    struct sts_checker *checker, const char *name, struct sts_check_one *one);
void sts_host_release(struct sts_check_host *host);

/* host_tell.c: did somebody answer there? */
bool sts_try_answered(const struct sts_check_try *try);
/* dane.c: can a record be used for SMTP at all (RFC 7672 section 3.1)? */
bool sts_tlsa_usable(const struct sts_tlsa *tlsa);
enum sts_dane_fit sts_tlsa_fit(
    const struct sts_tlsa *tlsa, size_t n, const struct sts_probe_seen *seen);

#endif
