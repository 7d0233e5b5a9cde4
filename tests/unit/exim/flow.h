/* SPDX-License-Identifier: ISC */
#ifndef TEST_FLOW_H
#define TEST_FLOW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The events of a delivery, a letter each, as reference runs of Exim showed
 * their order: c tcp:connect, e EHLO in clear, v tls_verify_hosts and with it
 * tls_verify_cert_hostnames, n that alone (DANE), k tls:cert, t EHLO under TLS,
 * r hosts_require_tls, x tcp:close, f msg:host:defer -37, q msg:host:defer -38,
 * d dane:fail validation-failure, D the same starttls-not-supported, i the same
 * dnssec-invalid, h smtp:connect, s a refused connection (errno 111). C and K
 * are c and k that must refuse.
 */
struct flow {
	const char *name;
	const char *verdict; /* "match enforce" ... */
	const char *events;
	const char *sans;  /* NULL: no certificate */
	const char *cname; /* where mx1.a.example leads */
	const char *host;
	bool ulabels; /* Exim has the domain so (SMTPUTF8) */
	bool expired;
	bool unverified;
	bool dane;
	bool callout;
	bool quiet;         /* the service does not want to hear of a success */
	int results;        /* 0: one, if there is a result */
	const char *result; /* what the service is told, NULL: nothing */
	const char *log;    /* how the one line begins, "" for none */
};

extern const struct flow flows[];
extern const size_t n_flows;

#endif
