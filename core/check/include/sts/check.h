/* SPDX-License-Identifier: ISC */
#ifndef STS_CHECK_H
#define STS_CHECK_H

#include "sts/addresses.h"
#include "sts/check_result.h"
#include "sts/clock.h"
#include "sts/http.h"
#include "sts/probing.h"

typedef void sts_check_cb(void *arg, const struct sts_check_result *result);

/* All that asks is injected. */
struct sts_check_deps {
	struct sts_clock clock;
	struct sts_dns dns;
	struct sts_addresses addresses;
	struct sts_http http;
	struct sts_probing
	    probing; /* ops NULL: MX hosts are not connected to */
	bool (*validates)(void *ctx); /* does DNS look at signatures? */
	void *ctx;
};

struct sts_check_config {
	int64_t dns_ms, fetch_ms, probe_ms; /* each question's time */
	int64_t soon;     /* days left of a certificate that are few */
	size_t hosts_max; /* MX hosts looked at at once, 1.. */
	const char *const *selectors; /* of DKIM */
	size_t n_selectors;
};

struct sts_checker;

/* NULL: out of memory. The configuration is not copied. */
struct sts_checker *sts_checker_new(
    const struct sts_check_deps *deps, const struct sts_check_config *config);
/* Only when every check that was begun has ended. */
void sts_checker_free(struct sts_checker *checker);

/*
 * Look at a domain as a sender would (a form of sts_domain_parse()). The
 * callback comes once, possibly inside the call, when all that was asked is
 * answered or late. An MX host that several domains share is looked at once.
 * STS_ENOMEM: no callback comes.
 */
enum sts_err sts_check(struct sts_checker *checker, const char *domain,
    sts_check_cb *cb, void *arg);

#endif
