/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_HOLD_H
#define STS_FILTER_HOLD_H

#include "filter_line.h"
#include "filter_stance.h"
#include "line_out.h"

/*
 * The recipients that smtpd asks about, each held until the service has looked
 * at the domain, or for 15 s; then they proceed, whatever came.
 */
struct sts_holds;

/*
 * refuse: tell the client 451 where no MX qualifies, instead of proceeding.
 * stances and out are the caller's and outlive it. NULL for no memory.
 */
struct sts_holds *sts_holds_new(
    struct sts_stances *stances, struct sts_line_out *out, bool refuse);
void sts_holds_free(struct sts_holds *holds);

/* Answer the question (kind ASK), now or later. Only when out has room. cut:
 * the line was longer than what is there of it. */
void sts_hold_ask(
    struct sts_holds *holds, const struct sts_filter_line *line, bool cut);

/* Hold nobody any more: answer all, and from now on at once. */
void sts_holds_release(struct sts_holds *holds);

/* Write answers that are due. */
void sts_holds_run(struct sts_holds *holds);

/* When sts_holds_run() is due if nothing happens; INT64_MAX: never. */
int64_t sts_holds_next(const struct sts_holds *holds);

#endif
