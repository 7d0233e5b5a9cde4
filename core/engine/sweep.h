/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_SWEEP_H
#define STS_ENGINE_SWEEP_H

#include "state.h"

/*
 * Once a minute: put again what could not be put, and walk the store in small
 * steps for policies that are due for a refresh and still in use, so that none
 * runs out unasked (HTT-12). NULL: no memory.
 */
struct sts_sweep *sts_sweep_new(struct sts_engine *engine);
void sts_sweep_free(struct sts_sweep *sweep); /* NULL is fine */
/* Go on where memory for a timer was short. */
void sts_sweep_ensure(struct sts_sweep *sweep);

#endif
