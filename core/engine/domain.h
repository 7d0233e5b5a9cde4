/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_DOMAIN_H
#define STS_ENGINE_DOMAIN_H

#include "state.h"

struct sts_dom *sts_dom_find(const struct sts_engine *engine, const char *name);
/*
 * Find it or make it. The table is bounded: the idle domain used longest ago
 * makes room. STS_ELIMIT: none is idle; STS_ENOMEM.
 */
enum sts_err
sts_dom_get(struct sts_engine *engine, const char *name, struct sts_dom **out);
/* Used just now: the last to be evicted. */
void sts_dom_touch(struct sts_engine *engine, struct sts_dom *dom);
/* To be called whenever what pins it may have changed. */
void sts_dom_settle(struct sts_engine *engine, struct sts_dom *dom);
/* Saved, or not worth it any more. */
void sts_dom_unpin(struct sts_engine *engine, struct sts_dom *dom);
/* Forget what is known of it; it stays while something is under way. */
void sts_dom_forget(struct sts_engine *engine, struct sts_dom *dom);
/* Neither flight, nor asks, nor puts: its memory goes. */
void sts_dom_free(struct sts_engine *engine, struct sts_dom *dom);

/* Is there a policy, and does it hold at this wall time? */
bool sts_dom_live(const struct sts_dom *dom, int64_t wall);
/* The store was looked in, or its row was made or taken out by us. */
void sts_dom_loaded(struct sts_dom *dom);
/*
 * A miss says nothing any more when the clock was ahead then: the row may
 * have been out of date by that clock alone. To be called before "loaded" is
 * relied upon.
 */
void sts_dom_doubt(struct sts_dom *dom);
/* Takes the reference; NULL takes the policy away. */
void sts_dom_hold_policy(struct sts_dom *dom, struct sts_held *held);
/* A copy, or "" when there is no memory for it. */
void
sts_dom_failure(struct sts_dom *dom, const char *reason, const char *detail);
const char *sts_dom_detail(const struct sts_dom *dom);

#endif
