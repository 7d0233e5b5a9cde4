/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_SAVE_H
#define STS_ENGINE_SAVE_H

#include "state.h"

/*
 * Put the domain's policy in the store again; until that is done it stays.
 * Nothing is done while the flight's put of a newer one is under way.
 */
void sts_save(struct sts_engine *engine, struct sts_dom *dom);
/* The outcome of a put: pinned in memory, or not any more. */
void
sts_saved(struct sts_engine *engine, struct sts_dom *dom, enum sts_err err);
/* Its policy has run out: told once, over restarts too. */
void sts_policy_lost(struct sts_engine *engine, struct sts_dom *dom);
/* Try some of those again whose put failed. */
void sts_save_again(struct sts_engine *engine);

#endif
