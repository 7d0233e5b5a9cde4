/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_H
#define STS_FILTER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter_stance.h"

/* filter-stsgate but for its process: what comes from smtpd, what goes there.
 */
#define STS_FILTER_FDS (STS_STANCE_FDS + 2)

struct sts_filter_config {
	const char *socket; /* of the service */
	int in, out;        /* from and to smtpd; both non-blocking */
	bool refuse;        /* see sts_holds_new() */
	bool unverified;    /* see struct sts_sent_rules */
	bool all;
};

struct sts_filter;

/* NULL for no memory. The descriptors stay the caller's. */
struct sts_filter *sts_filter_new(const struct sts_filter_config *config);
void sts_filter_free(struct sts_filter *filter);

/* Fill at most STS_FILTER_FDS of p; returns how many. */
nfds_t sts_filter_poll(struct sts_filter *filter, struct pollfd *p);

/* When sts_filter_run() is due if nothing happens (sts_link_now()'s scale). */
int64_t sts_filter_next(const struct sts_filter *filter);

/* p as filled and polled. Returns false when smtpd is gone. */
bool sts_filter_run(struct sts_filter *filter, const struct pollfd *p);

/* smtpd is being stopped, or so it seems: hold nobody any more. */
void sts_filter_release(struct sts_filter *filter);

#endif
