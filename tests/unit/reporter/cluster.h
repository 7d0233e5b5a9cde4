/* SPDX-License-Identifier: ISC */
#ifndef REPORTER_CLUSTER_H
#define REPORTER_CLUSTER_H

#include "world.h"

#define PARTS 16

/* What hosts share, in memory: parts and leases. */
struct cluster {
	struct world *world[3]; /* its hosts; NULL: no more */
	bool away;              /* for all */
	bool full;              /* it takes nothing more */
	struct part {
		char key[STS_STORE_KEY_MAX], name[STS_SHARED_PART + 1];
		char *value;
		size_t n;
		int64_t fetched;
	} part[PARTS];
	size_t n_part;
	struct world *holder; /* of the one lease; NULL: nobody */
	int64_t held_until;   /* mono */
	unsigned leases, puts;
};

/* A host of it: its wall and mono are those of the others. */
void cluster_join(struct cluster *cluster, struct world *w, const char *host);
void cluster_fini(struct cluster *cluster);
/* All is gone that was shared. */
void cluster_empty(struct cluster *cluster);
/* The clocks of all, together. */
void cluster_turn(struct cluster *cluster, int64_t ms);
void cluster_until(struct cluster *cluster, int64_t wall);

#endif
