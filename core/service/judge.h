/* SPDX-License-Identifier: ISC */
#ifndef STS_JUDGE_H
#define STS_JUDGE_H

#include "probes.h"

struct sts_service;

/* What a mail server that sees but an address cannot tell of a session. */
enum sts_judge_want {
	STS_JUDGE_HOST,  /* which MX it was */
	STS_JUDGE_KNOWN, /* and what its last try of the past hour came to; if
			  * there is none, that of a new one */
	STS_JUDGE_ANEW   /* and what a try since the last doubt comes to */
};

/* host: "" if no MX of the domain is at that address now. probed: NULL if it
 * was not to be tried, or cannot be. Both live until the callback returns. */
typedef void
sts_judged_cb(void *arg, const char *host, const struct sts_probed *probed);

/* Of a session of domain's with host, or, if that is "", with the MX at addr
 * (printable; what is no address is no MX's). The callback comes once, possibly
 * inside the call. */
void sts_judge(struct sts_service *service, enum sts_judge_want want,
    const char *domain, const char *host, const char *addr, sts_judged_cb *cb,
    void *arg);
/* Nothing more is found out; those who wait are told. */
void sts_judges_end(struct sts_service *service);

#endif
