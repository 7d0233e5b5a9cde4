/* SPDX-License-Identifier: ISC */
#ifndef STS_ATTEMPT_H
#define STS_ATTEMPT_H

#include "cert.h"
#include "report.h"

/*
 * What the events of one connection have told. There is one at a time in a
 * process: tcp:connect begins it, the next one ends it.
 */
struct sts_attempt {
	bool live;
	enum sts_stance stance;
	char domain[STS_NAME_SIZE];
	char host[STS_NAME_SIZE];
	char addr[64];
	char helo[STS_NAME_SIZE]; /* what it calls itself, or "" */
	bool tell;                /* the service wants to hear of a success */
	bool connected;           /* TCP is up */
	bool unnamed_mx; /* under testing: not in the policy, to be reported */
	/* The policy's names for the host: itself, or MX names that lead to it
	 * by CNAME. Its certificate must cover one of them. */
	struct sts_names names;
	bool alias;     /* by CNAME */
	bool named_mx;  /* and an MX record names it directly as well */
	bool greeted;   /* EHLO was answered */
	bool verify;    /* tls_verify_hosts was asked: TLS begins, no DANE */
	bool demanded;  /* and the answer was: no TLS without a certificate */
	bool unnamed;   /* Exim leaves the name in it to us */
	bool dane;      /* dane:fail came */
	bool done;      /* reported, or not to be */
	bool dane_done; /* the same for what DANE says */
	struct sts_cert cert;
};

struct sts_attempt *sts_attempt(void);

/* A connection to $host begins; $host and $host_address are read. */
struct sts_attempt *sts_attempt_begin(const struct sts_call *call);

/* Is it about the domain of this call? */
bool
sts_attempt_is(const struct sts_attempt *attempt, const struct sts_call *call);

/* Report, once a connection. */
void sts_attempt_report(const struct sts_call *call,
    struct sts_attempt *attempt, enum sts_outcome outcome);
/* The same for what DANE decided, which is a policy of its own. */
void sts_attempt_report_dane(const struct sts_call *call,
    struct sts_attempt *attempt, enum sts_outcome outcome);
/* Which policy holds, and is a success to be told? Asked as for a verdict. */
bool sts_attempt_ask(const struct sts_call *call, struct sts_attempt *attempt);

/* What is wrong with a certificate that did not verify. */
enum sts_outcome sts_attempt_cause(const struct sts_attempt *attempt);

/*
 * Find the policy's names for a host that the policy does not name. Asks DNS
 * through Exim, so names are the sender's of the DNS answer to choose: the
 * certificate decides. False: there is none.
 */
bool
sts_attempt_recover(const struct sts_call *call, struct sts_attempt *attempt);

/* Report the MX hosts that the router's list kept away, once a domain. */
void sts_attempt_report_passed_over(const struct sts_call *call);

#endif
