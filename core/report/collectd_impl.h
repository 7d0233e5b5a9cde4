/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_COLLECTD_IMPL_H
#define STS_REPORT_COLLECTD_IMPL_H

#include <event2/event_struct.h>
#include <sys/queue.h>
#include <sys/un.h>

#include "sts/collectd.h"
#include "sts/domain.h"
#include "sts/map.h"

/* A result on its way: at first "policies" alone, then the whole datagram. */
struct sts_gram {
	STAILQ_ENTRY(sts_gram) link;
	char *text;
	size_t n;
};

STAILQ_HEAD(sts_grams, sts_gram);

/* What a domain has at _smtp._tls. */
struct sts_wish {
	struct sts_map_node node; /* first */
	TAILQ_ENTRY(sts_wish) link;
	struct sts_collectd *collectd;
	struct sts_dns dns; /* where it was asked */
	struct sts_dns_query *query;
	bool looking, known;
	int64_t until; /* mono: so long it holds */
	char *record;  /* NULL: none */
	size_t n_record;
	struct sts_grams waiting; /* for the look */
	char domain[STS_DOMAIN_SIZE];
};

TAILQ_HEAD(sts_wish_list, sts_wish);

struct sts_collectd {
	struct event_base *base;
	struct sts_dns dns;
	struct sts_clock clock;
	const struct sts_log *log;
	struct sockaddr_un to;
	size_t octets_max, domains_max;
	size_t octets, waiting; /* of both queues */
	uint64_t results, sent, unasked, dropped;

	struct sts_map wishes;
	struct sts_wish_list looked; /* who was looked up longest ago first */

	struct sts_grams queue; /* for the collector */
	int fd;                 /* -1: not connected */
	const char *state;
	struct event room;       /* it may take more */
	struct sts_timer *again; /* connect, or send */

	uint64_t untold; /* dropped, but not in the log yet */
	const char *why; /* the last of them */
	struct sts_timer *tell;
};

/* collectd.c */
/* It is out of its queue: one less waits. */
void sts_gram_free(struct sts_collectd *collectd, struct sts_gram *gram);
void sts_collectd_drop(
    struct sts_collectd *collectd, struct sts_gram *gram, const char *why);
/* Lost before there was a gram. */
void sts_collectd_lost(struct sts_collectd *collectd, const char *why);

/* collectd_wish.c */
/* It goes on when the domain's record is known, perhaps now. */
void sts_wish_add(
    struct sts_collectd *collectd, const char *domain, struct sts_gram *gram);
void sts_wish_end(struct sts_wish *wish);

/* collectd_send.c */
void sts_collectd_send(struct sts_collectd *collectd, struct sts_gram *gram);
/* Whatever the collector takes now. */
void sts_collectd_flush(struct sts_collectd *collectd);
void sts_collectd_close(struct sts_collectd *collectd);

#endif
