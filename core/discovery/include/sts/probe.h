/* SPDX-License-Identifier: ISC */
#ifndef STS_PROBE_H
#define STS_PROBE_H

#include "sts/addresses.h"
#include "sts/clock.h"
#include "sts/guard.h"
#include "sts/log.h"
#include "sts/probing.h"

struct event_base;
struct sts_prober;

struct sts_probe_config {
	const char *ca_file; /* PEM bundle; read at the first handshake */
	const char *helo;    /* our name in EHLO, at most 253 octets */
	struct sts_guard guard;
	size_t total_max;       /* connections at once, 1.. */
	size_t per_address_max; /* of them to one address, 1.. */
	unsigned port;          /* 25; tests use another */
	bool patient;           /* its time counts from when there is room */
};

/* STS_ENOMEM. Strings are copied. */
enum sts_err sts_prober_new(struct event_base *base,
    const struct sts_probe_config *config, struct sts_addresses addresses,
    struct sts_clock clock, const struct sts_log *log, struct sts_prober **out);
/* Open requests are answered STS_PROBE_LOCAL. Also from a callback. */
void sts_prober_free(struct sts_prober *prober);
/* For what is asked from now on (a reload changed the resolver). */
void sts_prober_use(struct sts_prober *prober, struct sts_addresses addresses);

/* The prober as the service sees it. */
struct sts_probing sts_prober_probing(struct sts_prober *prober);
/* The functions of that. */
struct sts_probe_request *sts_probe(struct sts_prober *prober, const char *host,
    int64_t deadline, sts_probe_cb *cb, void *arg);
struct sts_probe_request *sts_probe_at(struct sts_prober *prober,
    const char *host, const struct sockaddr_storage *addr, int64_t deadline,
    sts_probe_cb *cb, void *arg);
void sts_probe_cancel(struct sts_probe_request *request);

#endif
