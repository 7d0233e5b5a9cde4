/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_SENT_H
#define STS_FILTER_SENT_H

#include "filter_line.h"
#include "filter_stance.h"

/*
 * What went out, and how: from smtp-out's reports. smtpd has delivered then,
 * and nothing can be refused any more; it is told to the service and logged.
 */
struct sts_sent_rules {
	bool unverified; /* TLS of this filter's actions is not verified */
	bool all;        /* log every delivery */
};

struct sts_sent;

/* stances is the caller's and outlives it. NULL for no memory. */
struct sts_sent *
sts_sent_new(struct sts_stances *stances, struct sts_sent_rules rules);
void sts_sent_free(struct sts_sent *sent);

/* The events that sts_sent_event() needs, ending in NULL. */
extern const char *const sts_sent_events[];

/* One report about smtp-out (kind REPORT); those of other events are fine. */
void sts_sent_event(struct sts_sent *sent, const struct sts_filter_line *line);

#endif
