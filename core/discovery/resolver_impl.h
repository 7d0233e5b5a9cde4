/* SPDX-License-Identifier: ISC */
#ifndef RESOLVER_IMPL_H
#define RESOLVER_IMPL_H

#include <sys/queue.h>

#include "resolver_upstream.h"
#include "wire.h"

struct sts_dns_query {
	TAILQ_ENTRY(sts_dns_query) entry;
	struct sts_resolver *resolver;
	struct sts_upstream *upstream; /* NULL while it waits for the probe */
	struct sts_timer *timer;       /* its deadline, or its delivery */
	struct sts_upstream_ask *ask;  /* NULL: libunbound has none of it */
	int64_t began, deadline;
	bool answered;
	bool secure;
	bool delayed; /* by us: its time-out says nothing of the domain */
	unsigned type;
	struct sts_wire_answer answer;
	void (*done)(struct sts_dns_query *query);
	sts_dns_cb *cb;
	void *arg;
	char name[STS_DOMAIN_SIZE];
};

TAILQ_HEAD(sts_dns_queries, sts_dns_query);

enum sts_dnssec {
	STS_DNSSEC_OFF,
	STS_DNSSEC_UNKNOWN,
	STS_DNSSEC_ON,
	STS_DNSSEC_STRIPPED
};

struct sts_probe {
	struct sts_upstream *upstream; /* NULL: none is running */
	struct sts_timer *timer;       /* its deadline, result or next turn */
	int id;
	unsigned type; /* what it asks of the root */
	bool asking;
	enum sts_dns_status status; /* FOUND: is_signed holds */
	bool is_signed;
	int64_t last; /* when the last one began */
	unsigned failures;
};

struct sts_resolver {
	struct event_base *base;
	struct sts_clock clock;
	const struct sts_log *log;
	struct sts_servers servers;
	struct sts_upstream *upstream; /* NULL while nothing is known */
	enum sts_dnssec dnssec;
	struct sts_probe probe;
	struct sts_dns_queries queries;
	bool closing;
};

/*
 * resolver_question.c: done is called once, never inside the call. NULL: no
 * memory, or the resolver is being freed; nothing will come.
 */
struct sts_dns_query *
sts_question(struct sts_resolver *resolver, const char *name, unsigned type,
    int64_t deadline, void (*done)(struct sts_dns_query *query), void *arg);
void sts_question_cancel(struct sts_dns_query *query);
/* All of them, now, with STS_DNS_LOCAL. */
void sts_questions_close(struct sts_resolver *resolver);
/* Those that wait for the probe: ask them, or end them (later) as LOCAL. */
void sts_questions_ask(struct sts_resolver *resolver);
void sts_questions_fail(struct sts_resolver *resolver);

/* resolver_probe.c */
enum sts_err sts_probe_start(struct sts_resolver *resolver);
void sts_probe_stop(struct sts_resolver *resolver);
/*
 * Nothing is known yet, or an answer was bogus: has the upstream begun to
 * strip? At most once a minute.
 */
void sts_probe_want(struct sts_resolver *resolver);

/* resolver_address.c */
extern const struct sts_addresses_ops sts_resolver_addresses_ops;

#endif
