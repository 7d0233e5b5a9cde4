/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_NAMES_H
#define STS_FILTER_NAMES_H

#include "filter_stance.h"

/* Of filter_stance.c alone: the domains it knows and who waits for them. */
#define STS_NAMES_MAX 16384

TAILQ_HEAD(sts_waiters, sts_waiter);

struct sts_name {
	TAILQ_ENTRY(sts_name) used;   /* longest unused first */
	TAILQ_ENTRY(sts_name) bucket; /* of its hash */
	struct sts_names *table;
	bool asked; /* an answer is to come */
	int64_t fresh;
	struct sts_known known;
	unsigned char note;
	struct sts_waiters waiters;
	char text[];
};

/* owner: what sts_name_owner() gives back. NULL for no memory. */
struct sts_names *sts_names_new(void *owner);
void sts_names_free(struct sts_names *names);
void *sts_name_owner(const struct sts_name *name);

/*
 * The name, made if it is not there; the one longest unused makes room. NULL:
 * no memory, or all are being asked for.
 */
struct sts_name *sts_names_find(struct sts_names *names, const char *text);

/* It is asked for, and waiter waits. */
void sts_name_wait(struct sts_name *name, struct sts_waiter *waiter);

/* It is asked for no more: tell all who wait. The name may be gone then. */
void sts_name_tell(
    struct sts_name *name, const struct sts_known *known, int64_t fresh);

#endif
