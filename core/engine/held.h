/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_HELD_H
#define STS_ENGINE_HELD_H

#include <stdbool.h>

#include "sts/policy.h"
#include "sts/record.h"

/*
 * A policy as it is cached. Counted, since an answer that is being given may
 * outlive the policy's place in the table. Times are wall seconds.
 */
struct sts_held {
	unsigned refs;
	struct sts_policy *policy;
	char id[STS_ID_SIZE];
	bool lost;       /* that it ran out has been told */
	bool refused;    /* mail is, for it: TXT is read before it is told */
	bool ahead;      /* that fetched is ahead has been told; not stored */
	int64_t since;   /* mono ms of fetched, as far as known; not stored */
	int64_t fetched; /* the last whole fetch: life runs from here */
	int64_t expires;
	int64_t refresh;  /* when HTTPS is due, whatever TXT says */
	int64_t txt_next; /* when TXT is due */
	int64_t checked;  /* when txt_next was set; not stored */
	int64_t used;     /* last asked for, as far as stored */
	/* Between these nothing at all is due: one test for a hit. */
	int64_t quiet_from, quiet_until;
};

/* Takes the policy over, also on failure. One reference; NULL: no memory. */
struct sts_held *sts_held_new(struct sts_policy *policy, const char *id);
struct sts_held *sts_held_ref(struct sts_held *held); /* NULL is fine */
void sts_held_unref(struct sts_held *held);           /* NULL is fine */
/*
 * Was it fetched in the future? Then the clock is wrong, or was. The times
 * are kept, since they hold again once the clock is put right.
 */
bool sts_held_ahead(const struct sts_held *held, int64_t wall);
/*
 * From when to when it holds by the wall clock as it is now. While it is
 * ahead: max_age from the moment since, which does not mind the wall clock.
 */
struct sts_life {
	int64_t from, ends;
};

struct sts_life
sts_held_life(const struct sts_held *held, int64_t wall, int64_t mono);
/* Not fetched just now: what since must have been. */
void sts_held_aged(struct sts_held *held, int64_t wall, int64_t mono);
/* To be called when a time was changed. */
void sts_held_settle(struct sts_held *held);

#endif
