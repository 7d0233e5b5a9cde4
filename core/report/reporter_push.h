/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_REPORTER_PUSH_H
#define STS_REPORT_REPORTER_PUSH_H

#include "reporter_impl.h"

/* reporter_push.c: what changes here is put where the others see it. NULL: no
 * memory. */
struct sts_rep_push *sts_rep_push_new(struct sts_reporter *reporter);
void sts_rep_push_free(struct sts_reporter *reporter);
void sts_rep_push_one(
    struct sts_reporter *reporter, int64_t day, const char *domain);
/* Put it once more. False: not now, the sweep is pumped when there is room. */
bool sts_rep_push_again(
    struct sts_reporter *reporter, int64_t day, const char *domain);
/* Whose part it is: "h:" and the host's name. */
void sts_rep_part_name(
    const struct sts_reporter *reporter, char out[STS_SHARED_PART + 1]);
/* This host's part: what it has counted of a domain in a day. */
void sts_rep_push_tally(
    struct sts_reporter *reporter, const struct sts_tally *tally);
/* "<date>/<domain>", what the parts are put under. */
#define STS_REP_PARTS_KEY(key) ((key) + sizeof(STS_REP_PREFIX) - 1)

/* reporter_kept.c: does Redis still have what was put? If not, all is put
 * again. NULL: no memory. */
struct sts_rep_kept *sts_rep_kept_new(struct sts_reporter *reporter);
void sts_rep_kept_free(struct sts_reporter *reporter);
void sts_rep_kept_look(struct sts_reporter *reporter);

/* The part that closes a report's others, of a row as it is stored. */
void sts_rep_put_closed(struct sts_reporter *reporter, const char *key,
    int64_t day, struct sts_str row);

#endif
