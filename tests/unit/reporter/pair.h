/* SPDX-License-Identifier: ISC */
#ifndef REPORTER_PAIR_H
#define REPORTER_PAIR_H

#include "cluster.h"

/* Two hosts of a cluster: 3 and 4 sessions of a.example. */
extern struct cluster c;
extern struct world a, b;

int pair_begin(void **state);
int pair_end(void **state);
unsigned pair_sends(void);
/* The one that was sent first, by whichever host. */
const struct sent *pair_first(void);
void pair_assert_sent(void);

#endif
