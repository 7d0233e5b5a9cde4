/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_SENT_H
#define STS_FILTER_SENT_H

#include "filter_delivery.h"
#include "filter_line.h"

/* smtp-out's reports: which sessions there are, and what becomes of them. */
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
