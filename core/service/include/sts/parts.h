/* SPDX-License-Identifier: ISC */
#ifndef STS_PARTS_H
#define STS_PARTS_H

#include "sts/config.h"
#include "sts/fetch.h"
#include "sts/probe.h"
#include "sts/resolver.h"

struct event_base;

/* What looks at the world, out of a configuration; for stsgated, and for the
 * command where it looks by itself. */
struct sts_parts {
	struct event_base *base;
	struct sts_clock clock;
	const struct sts_log *log;
	const char *path; /* of the config file, for the log */
	bool many;        /* names at once; as in resolver.h */
};

/* STS_EINVAL: an option does not hold (logged); STS_ENOMEM. */
enum sts_err sts_parts_resolver(const struct sts_parts *parts,
    const struct sts_config *config, struct sts_resolver **out);
/* These point into config. STS_EINVAL: as above. */
enum sts_err sts_parts_fetch(const struct sts_parts *parts,
    const struct sts_config *config, struct sts_fetch_config *out);
enum sts_err
sts_parts_probe(const struct sts_parts *parts, const struct sts_config *config,
    const char *helo, struct sts_probe_config *out);
/* As many descriptors as we may have: one a connection. */
void sts_parts_descriptors(void);
/* The system's name, for EHLO where the configuration has none. */
void sts_parts_host(char host[STS_DOMAIN_SIZE]);

#endif
