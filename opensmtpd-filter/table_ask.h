/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_ASK_H
#define STS_TABLE_ASK_H

#include <poll.h>

#include "table_conf.h"
#include "table_proto.h"

#define STS_ASKER_FDS 3

/*
 * Finds out about domains for smtpd, which stands still meanwhile: asks the
 * service for what it has in memory, repeats what it said before while it is
 * gone, and waits a bounded moment for what it does not know yet. Times are
 * those of sts_link_now().
 */
struct sts_asker;

/* Told when something about the service changes, or a wait was in vain. */
typedef void sts_asker_note(int priority, const char *text);

/* NULL for no memory. */
struct sts_asker *
sts_asker_new(const struct sts_table_conf *conf, sts_asker_note *note);

void sts_asker_free(struct sts_asker *asker);

/* Is mail for the domain to be enforced? */
void sts_asker_check(struct sts_asker *asker, const char *domain,
    struct sts_table_result *result);

/* Where to; always found (see sts_route_value()). */
void sts_asker_lookup(struct sts_asker *asker, const char *domain,
    struct sts_table_result *result);

/* For the time between: what to poll for, until when, and what came. */
void sts_asker_poll(const struct sts_asker *asker, struct pollfd *p);
int64_t sts_asker_next(const struct sts_asker *asker);
void sts_asker_run(struct sts_asker *asker, const struct pollfd *p);

#endif
