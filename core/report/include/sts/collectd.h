/* SPDX-License-Identifier: ISC */
#ifndef STS_COLLECTD_H
#define STS_COLLECTD_H

#include "sts/clock.h"
#include "sts/dns.h"
#include "sts/log.h"
#include "sts/store.h"
#include "sts/tls_result.h"

struct event_base;
struct sts_collectd;

struct sts_collectd_config {
	const char *path;   /* the collector's socket; copied */
	size_t octets_max;  /* of what waits: 16 MiB */
	size_t domains_max; /* whose records are known: 20000 */
	uint64_t seed;      /* at random; see map.h */
};

struct sts_collectd_stats {
	uint64_t results; /* that were handed over */
	uint64_t sent;    /* of them: to the collector */
	uint64_t unasked; /* their domain wants no reports */
	uint64_t dropped;
	uint64_t waiting;  /* now: for a record, or for the collector */
	const char *state; /* "ok", or why nothing can be sent; static */
};

void sts_collectd_defaults(struct sts_collectd_config *config);
/*
 * The other sink of results: each goes as one datagram to tlsrpt-collectd
 * (datagram.h), if its domain asks for reports; that has, and sends, them all.
 * dns outlives it, or the next sts_collectd_use_dns(). NULL: no memory.
 */
struct sts_collectd *sts_collectd_new(struct event_base *base,
    struct sts_dns dns, struct sts_clock clock, const struct sts_log *log,
    const struct sts_collectd_config *config);
void sts_collectd_use_dns(struct sts_collectd *collectd, struct sts_dns dns);
/* What waits is tried once more; the rest is lost, as the log tells. */
void sts_collectd_free(struct sts_collectd *collectd); /* NULL is fine */

/*
 * Hand a result over; all is copied. Nobody waits for the record or the
 * collector. STS_OK: taken, it waits in memory; STS_ELIMIT: no room, dropped;
 * STS_EINVAL: no such domain; STS_ENOMEM.
 */
enum sts_err sts_collectd_add(
    struct sts_collectd *collectd, const struct sts_tls_result *result);
void sts_collectd_stats(
    const struct sts_collectd *collectd, struct sts_collectd_stats *out);

#endif
