/* SPDX-License-Identifier: ISC */
#ifndef STS_DAY_H
#define STS_DAY_H

#include <stdbool.h>
#include <stdint.h>

#define STS_DAY_SECONDS INT64_C(86400)
#define STS_DAY_TEXT    11 /* octets of "2026-01-31", with the NUL */

/* Days since 1970, of UTC. */
int64_t sts_day_of(int64_t wall);
void sts_day_text(int64_t day, char out[STS_DAY_TEXT]);
/* Exactly as it is written. */
bool sts_day_parse(const char *text, int64_t *day);

#endif
