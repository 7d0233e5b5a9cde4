/* SPDX-License-Identifier: ISC */
#ifndef STS_DAEMON_H
#define STS_DAEMON_H

#include "sockets.h"
#include "sts/cache.h"
#include "sts/fetch.h"
#include "sts/loop.h"
#include "sts/probe.h"
#include "sts/resolver.h"
#include "sts/service.h"

#define STS_OLD_RESOLVERS 8
#define STS_SIGNALS       3

struct event_base;
struct event;
struct sts_redis;

/* All that stsgated consists of; set up once, in this order. */
struct sts_daemon {
	const char *path; /* of the config file */
	bool named;       /* by the command line */
	bool verbose;
	struct sts_config config;
	struct sts_log log;
	struct sts_sockets sockets;
	struct event_base *base;
	struct sts_clock clock;
	struct sts_store store;
	struct sts_redis *redis; /* NULL: none */
	struct sts_shared shared;
	struct sts_resolver *resolver;
	struct sts_resolver *old[STS_OLD_RESOLVERS]; /* being drained */
	size_t n_old;
	struct sts_timer *drain, *watchdog;
	struct sts_fetcher *fetcher;
	struct sts_prober *prober;  /* NULL: probe = off */
	char host[STS_DOMAIN_SIZE]; /* the system's name */
	const char *own_host;       /* the same */
	struct sts_engine *engine;
	struct sts_reports *reports; /* NULL: not configured */
	struct sts_service *service;
	struct event *signals[STS_SIGNALS];
};

/* Log (or print) every finding of a config file. */
void sts_daemon_findings(const struct sts_daemon *daemon,
    const struct sts_findings *findings, enum sts_err err);
void sts_daemon_log_open(struct sts_daemon *daemon);
/* Everything up to the running loop; not STS_OK: logged. */
enum sts_err sts_daemon_start(struct sts_daemon *daemon);
void sts_daemon_run(struct sts_daemon *daemon);
/* Fine also after a start that failed half-way. */
void sts_daemon_free(struct sts_daemon *daemon);

uint32_t sts_daemon_random(void *ctx);
/* Who we are: helo_name, or the system's name. */
const char *sts_daemon_name(struct sts_daemon *daemon);

/* Read the config anew; a bad one changes nothing and is told in text. */
enum sts_err
sts_daemon_reload(struct sts_daemon *daemon, char *text, size_t size);
/* The parts' own configuration out of ours. */
enum sts_err sts_daemon_resolver(const struct sts_daemon *daemon,
    const struct sts_config *config, struct sts_resolver **out);
enum sts_err
sts_daemon_fetcher(struct sts_daemon *daemon, struct sts_fetcher **out);
enum sts_err sts_daemon_prober(struct sts_daemon *daemon);
void sts_daemon_engine_config(
    const struct sts_config *config, struct sts_engine_config *out);
/* It points into both. */
void sts_daemon_service_config(const struct sts_daemon *daemon,
    const struct sts_config *config, struct sts_service_config *out);

/* Become config.user when started as root, after its store's folder is made. */
enum sts_err sts_daemon_drop(struct sts_daemon *daemon);

#endif
