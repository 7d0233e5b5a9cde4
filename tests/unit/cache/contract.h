/* SPDX-License-Identifier: ISC */
#ifndef CACHE_CONTRACT_H
#define CACHE_CONTRACT_H

#include "fixture.h"

/* A case of the contract: random steps, against the plainest of models. */
void random_steps(struct fixture *f);

#endif
