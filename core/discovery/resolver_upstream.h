/* SPDX-License-Identifier: ISC */
#ifndef RESOLVER_UPSTREAM_H
#define RESOLVER_UPSTREAM_H

#include <sys/queue.h>

#include "sts/resolver.h"

#define STS_FORWARDERS_MAX 8
#define STS_FORWARDER_SIZE 64

struct ub_ctx;

/* The configuration, copied, with resolv.conf already read. */
struct sts_servers {
	enum sts_resolver_mode mode;
	char addr[STS_FORWARDERS_MAX][STS_FORWARDER_SIZE];
	size_t n;
	char *root_hints;
	char *trust_anchor;
	bool many;
};

/* A libunbound context; gone when retired and nobody waits for it. */
struct sts_upstream {
	struct ub_ctx *ctx;
	size_t open; /* questions that somebody waits for */
	bool retired;
	LIST_HEAD(sts_upstream_asks, sts_upstream_ask) asks;
	size_t n_asks, max;
};

/* packet is NULL or of n octets; sec: 1 bogus, 2 secure. */
typedef void sts_upstream_cb(
    void *arg, int rcode, const void *packet, int n, int sec, const char *why);

/*
 * What libunbound has under way. It cannot be told to stop: also a question
 * that nobody waits for any more keeps its socket, and so is counted.
 */
struct sts_upstream_ask {
	LIST_ENTRY(sts_upstream_ask) link;
	struct sts_upstream *upstream;
	sts_upstream_cb *cb; /* NULL: forgotten */
	void *arg;
	bool *gone; /* set if it ends inside the call */
	int id;     /* libunbound's */
};

/* resolver_servers.c: STS_EINVAL is logged; STS_ENOMEM. */
enum sts_err sts_servers_read(const struct sts_resolver_config *config,
    const struct sts_log *log, struct sts_servers *out);
void sts_servers_free(struct sts_servers *servers);

/*
 * resolver_upstream.c. STS_EINVAL: an option or a file does not hold (logged);
 * STS_ENOMEM.
 */
enum sts_err
sts_upstream_new(struct event_base *base, const struct sts_servers *servers,
    bool validate, const struct sts_log *log, struct sts_upstream **out);
void sts_upstream_retire(struct sts_upstream *upstream);
void sts_upstream_done(struct sts_upstream *upstream); /* one question less */

/*
 * resolver_ask.c. out is set before anything comes; the callback may come
 * inside, and out is void with it. STS_ELIMIT: too much is under way;
 * STS_ENOMEM. On an error no callback comes.
 */
enum sts_err
sts_upstream_ask(struct sts_upstream *upstream, const char *name, unsigned type,
    sts_upstream_cb *cb, void *arg, struct sts_upstream_ask **out);
/* No callback will come. */
void sts_upstream_forget(struct sts_upstream_ask *ask);
/* Before the context goes; it may call back while it does. */
void sts_upstream_forget_all(struct sts_upstream *upstream);

/*
 * resolver_anchor.c: give libunbound the keys of a file, one record a line.
 * STS_EINVAL: it has none, or cannot be read (logged); STS_ENOMEM. libunbound
 * looks into them at its first question.
 */
enum sts_err
sts_anchor_add(struct ub_ctx *ctx, const char *path, const struct sts_log *log);

#endif
