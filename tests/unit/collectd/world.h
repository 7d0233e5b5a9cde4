/* SPDX-License-Identifier: ISC */
#ifndef COLLECTD_WORLD_H
#define COLLECTD_WORLD_H

#include "fixture.h"
#include "results.h"
#include "sts/collectd.h"

#define RECORD "v=TLSRPTv1; rua=mailto:tls@a.example"
#define GRAM   262144

struct world {
	struct fixture f; /* first: the context of its clock */
	struct sts_clock_ops clock;
	bool no_timer; /* no memory for one */
	int fd;        /* the reader's; -1: nobody listens */
	char path[128];
	struct sts_collectd_config config;
	struct sts_collectd *collectd;
	/* DNS: what it answers, and when. */
	enum sts_dns_status dns;
	const char *record;
	uint32_t ttl;
	bool held; /* it does not answer before world_answer() */
	unsigned queries;
	struct sts_dns_query *query[8];
	size_t n_query;
};

void world_open(struct world *w);
void world_start(struct world *w); /* with w->config */
void world_close(struct world *w); /* also the collector */
void world_listen(struct world *w);
void world_leave(struct world *w); /* the reader ends */

void world_answer(struct world *w); /* to all that were asked */
/* The next datagram, NUL-terminated, static; NULL: none. */
const char *world_read(struct world *w);
/* A turn of the loop, and a millisecond. */
void world_turn(struct world *w);
void world_expect(struct world *w, const char *text);
struct sts_collectd_stats world_stats(const struct world *w);

#endif
