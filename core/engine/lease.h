/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_LEASE_H
#define STS_ENGINE_LEASE_H

#include "flight.h"

/*
 * One host of the cluster fetches for all: goes on with sts_fetch_queue(), or
 * ends the flight with what another one brought; after sts_lease_wait_ms() at
 * the latest, since a lease delays and never decides.
 */
void sts_lease_begin(struct sts_flight *flight);
/* A tenth of what an asker waits: the domain is to have the rest. */
int64_t sts_lease_wait_ms(const struct sts_engine *engine);
/* It may be over: look now. Only in STS_STAGE_LEASE. */
void sts_lease_look(struct sts_flight *flight);
/* The flight ends: wait no more, and let others fetch. */
void sts_lease_end(struct sts_flight *flight);

#endif
