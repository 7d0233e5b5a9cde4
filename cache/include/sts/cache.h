/* SPDX-License-Identifier: ISC */
#ifndef STS_CACHE_H
#define STS_CACHE_H

#include "sts/clock.h"
#include "sts/log.h"
#include "sts/shared.h"

struct event_base;

/* In memory only; for tests, and behind lmdb when the file fails. */
enum sts_err sts_cache_memory(struct sts_clock clock, struct sts_store *out);

/*
 * An LMDB file in dir (made if missing, mode 0750). Reads are on the loop,
 * writes by a thread in batches; done callbacks come on the loop of base.
 * Never fails for a store that is corrupt, full, read-only or of a later
 * version: it then serves from memory what it can, state() says so, and what
 * cannot be read is put aside under another name, not deleted. Call after the
 * last fork. STS_ENOMEM.
 */
enum sts_err sts_cache_lmdb(struct event_base *base, const char *dir,
    struct sts_clock clock, const struct sts_log *log, struct sts_store *out);

/*
 * One of the above with what a cluster shares behind it. What the first level
 * misses is looked for in the second for wait ms at most; what comes from
 * there is foreign, and not kept: the caller decides about that. Puts and dels
 * go to both; what counts is the first. Reports are of the first alone. Takes
 * the first over, to close it; the second outlives the result. STS_ENOMEM:
 * first is as it was.
 */
enum sts_err sts_cache_two(struct sts_store first, struct sts_shared second,
    struct sts_clock clock, int64_t wait, struct sts_store *out);
/* Of a store that sts_cache_two() made: from now on. */
void sts_cache_two_wait(struct sts_store store, int64_t wait);

#endif
