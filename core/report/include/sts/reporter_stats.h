/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORTER_STATS_H
#define STS_REPORTER_STATS_H

#include <stdint.h>

/* Counted since the start, but for the last two. */
struct sts_reporter_stats {
	uint64_t sent;     /* reports that one destination at least accepted */
	uint64_t failed;   /* tries that came to nothing, for one at least */
	uint64_t given_up; /* reports */
	uint64_t pending;  /* reports that are due, as last seen in the store */
	uint64_t under_way;
};

#endif
