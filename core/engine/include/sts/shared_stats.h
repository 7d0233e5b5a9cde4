/* SPDX-License-Identifier: ISC */
#ifndef STS_SHARED_STATS_H
#define STS_SHARED_STATS_H

#include <stdint.h>

/* Counted since the start, but for the last four. */
struct sts_shared_stats {
	const char *place; /* where it is, for people; lives as long as it */
	uint64_t commands, gets, hits, misses;
	uint64_t failed;  /* gets that nobody answered in time */
	uint64_t refused; /* items that are not to be trusted */
	uint64_t puts, puts_older, dropped;
	uint64_t leases, leases_held, announced, heard;
	uint64_t connects, losses;
	uint64_t waiting;   /* commands without an answer */
	uint64_t keys;      /* of the database, as last seen */
	uint64_t evicted;   /* of them, thrown out by Redis */
	int64_t round_trip; /* of the last answer, us; -1: none yet */
};

#endif
