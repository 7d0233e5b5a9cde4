/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_DELIVERY_H
#define STS_FILTER_DELIVERY_H

#include "filter_sessions.h"
#include "filter_stance.h"

/*
 * What went out, and how: told to the service once for each domain of a
 * session, and logged when a message was taken. smtpd has delivered then, and
 * nothing can be refused any more.
 */
struct sts_sent_rules {
	bool unverified; /* TLS of this filter's actions is not verified */
	bool all;        /* log every delivery */
};

struct sts_deliveries;

/* stances is the caller's and outlives it. NULL for no memory. */
struct sts_deliveries *
sts_deliveries_new(struct sts_stances *stances, struct sts_sent_rules rules);
void sts_deliveries_free(struct sts_deliveries *deliveries);

/* The session has named a recipient there for the first time. */
void sts_delivery_session(struct sts_deliveries *deliveries,
    const struct sts_session *session, const char *domain);
/* Its server took a message for the domain. */
void sts_delivery_sent(struct sts_deliveries *deliveries,
    const struct sts_session *session, const char *domain);
/* It ended, and there was no mail: why, and at which address. */
void sts_delivery_failed(
    struct sts_deliveries *deliveries, const struct sts_session *session);

#endif
