/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_WANTED_H
#define STS_TABLE_WANTED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Domains whose mail waits because its host was not known in time. smtpd tries
 * again long after what the service then found is too old to be used, and so
 * would be too early for ever: a slow MX would get no mail. So they are asked
 * for now and then, until one is answered or a day is over. Bounded; times are
 * those of sts_link_now().
 */
struct sts_wanted;

/* NULL for no memory. */
struct sts_wanted *sts_wanted_new(void);

void sts_wanted_free(struct sts_wanted *wanted);

void sts_wanted_add(struct sts_wanted *wanted, const char *domain, int64_t now);

/* Its host was given to smtpd, or it has no use for one. */
void sts_wanted_drop(struct sts_wanted *wanted, const char *domain);

/* When sts_wanted_take() gives one; INT64_MAX: never. */
int64_t sts_wanted_next(const struct sts_wanted *wanted);

/*
 * One that is due to be asked for, or NULL; valid until the next call. Each
 * comes about once a minute.
 */
const char *sts_wanted_take(struct sts_wanted *wanted, int64_t now);

#endif
