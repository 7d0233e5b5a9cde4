/* SPDX-License-Identifier: ISC */
#ifndef STS_SERVICE_H
#define STS_SERVICE_H

#include "sts/addresses.h"
#include "sts/config.h"
#include "sts/engine.h"
#include "sts/override.h"
#include "sts/probing.h"
#include "sts/recording.h"

struct event_base;
struct sts_service;

/* Milliseconds, and how many. sts_service_defaults() fills it. */
struct sts_service_config {
	int64_t lookup_timeout; /* of an MX look-up: 10 s */
	int64_t dns_timeout;    /* of explain, as the engine's: 5 s */
	int64_t fetch_timeout;  /* the same: 60 s */
	bool dns_error_defers;  /* the same: no */
	int64_t progress;       /* between two "wait" lines: 500 */
	int64_t idle;           /* a silent connection is closed: 5 min */
	int64_t stall;          /* and one that does not read: 20 s */
	int64_t grace;          /* to finish writing at the end: 2 s */
	size_t connections_max; /* on query sockets: 1024 */
	bool probe;             /* try hosts before they are told: no */
	int64_t probe_timeout;  /* one host: 8 s */
	size_t probes_max;      /* hosts tried at once, as the prober's: 64 */
	size_t domains_max;     /* routes that are kept: 20000 */
	/* Names and addresses of this host; they outlive the service, or
	 * the next sts_service_configure(). */
	const char *const *own_hosts;
	size_t n_own_hosts;
};

/* The world, injected. All of it outlives the service. */
struct sts_service_deps {
	struct event_base *base;
	struct sts_clock clock;
	struct sts_engine *engine;
	struct sts_dns dns;         /* for MX records */
	struct sts_http http;       /* for explain; no ops: it does not fetch */
	struct sts_probing probing; /* no ops: hosts are not tried */
	struct sts_addresses addresses; /* no ops: own_hosts are names */
	const struct sts_log *log;
	struct sts_store store;                /* asked for its state only */
	struct sts_shared shared;              /* the same; no ops: alone */
	const struct sts_recording *recording; /* NULL: nothing is counted */
	const char *(*resolver_state)(void *ctx);
	/* Read the configuration anew; on failure say why in text. */
	enum sts_err (*reload)(void *ctx, char *text, size_t size);
	uint32_t (*random)(void *ctx); /* order of equal hosts; NULL: as is */
	void *ctx;                     /* of these, which may be NULL */
};

void sts_service_defaults(struct sts_service_config *config);
/* NULL: out of memory. */
struct sts_service *sts_service_new(const struct sts_service_deps *deps,
    const struct sts_service_config *config);
/* Connections still open are closed. Before the engine is freed. */
void sts_service_free(struct sts_service *service);

/* Serve a listening socket, or one connection; the descriptor is ours from
 * then on. STS_ENOMEM: closed. admin: with the verbs of the admin socket. */
enum sts_err
sts_service_listen(struct sts_service *service, int fd, bool admin);
enum sts_err sts_service_adopt(struct sts_service *service, int fd, bool admin);

/* For what is asked from now on (a reload). */
void sts_service_configure(
    struct sts_service *service, const struct sts_service_config *config);
void sts_service_use_dns(struct sts_service *service, struct sts_dns dns);
void sts_service_use_addresses(
    struct sts_service *service, struct sts_addresses addresses);
/* For what is answered from now on; one owner more. NULL: none. */
void sts_service_use_overrides(
    struct sts_service *service, struct sts_overrides *overrides);

/*
 * Accept no more, answer every open question temporary, finish writing for at
 * most grace, close; then call done once, from the loop.
 */
void sts_service_stop(
    struct sts_service *service, void (*done)(void *arg), void *arg);

/* Sinks for sts_log: syslog's mail facility, or standard error. */
void sts_log_open(
    struct sts_log *log, enum sts_config_log sink, enum sts_level least);

#endif
