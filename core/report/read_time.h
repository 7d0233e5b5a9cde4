/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_READ_TIME_H
#define STS_REPORT_READ_TIME_H

#include "sts/diag.h"
#include "sts/str.h"

/* Note a date-range that is not of RFC 3339, or not a day of UTC. */
void sts_read_range(
    struct sts_str start, struct sts_str end, struct sts_diags *diags);

#endif
