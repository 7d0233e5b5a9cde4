/* SPDX-License-Identifier: ISC */
#ifndef STS_STATS_H
#define STS_STATS_H

#include <jansson.h>

#include "sts/recording.h"
#include "sts/shared.h"

/* What the shared level, which there must be, has counted. NULL: no memory. */
json_t *sts_shared_json(const struct sts_shared *shared);
/* Results and reports. NULL: no memory. */
json_t *sts_reports_json(const struct sts_recording *recording);

#endif
