/* SPDX-License-Identifier: ISC */
#ifndef RESOLVER_UPSTREAM_H
#define RESOLVER_UPSTREAM_H

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
};

/* A libunbound context; gone when retired and nobody waits for it. */
struct sts_upstream {
	struct ub_ctx *ctx;
	size_t open; /* questions */
	bool retired;
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
 * resolver_anchor.c: give libunbound the keys of a file, one record a line.
 * STS_EINVAL: it has none, or cannot be read (logged); STS_ENOMEM. libunbound
 * looks into them at its first question.
 */
enum sts_err
sts_anchor_add(struct ub_ctx *ctx, const char *path, const struct sts_log *log);

#endif
