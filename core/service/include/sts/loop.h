/* SPDX-License-Identifier: ISC */
#ifndef STS_LOOP_H
#define STS_LOOP_H

#include "sts/clock.h"

struct event_base;

/* The clock that lives on a libevent base, which outlives it. */
struct sts_clock sts_loop_clock(struct event_base *base);

#endif
