/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_GATE_H
#define STS_ENGINE_GATE_H

#include <sys/queue.h>

#include "sts/map.h"
#include "sts/domain.h"

/*
 * At most max at once, and of those at most group_max of one group: names with
 * the same last two labels, so that a wildcard takes only its share. Within a
 * group one zone, the last three labels, has at most half of it: evil.co.uk
 * leaves room to bank.co.uk. Who has to wait is let in group by group, and in
 * a group zone by zone, in turn.
 */
struct sts_gate_group;
struct sts_gate_zone;
TAILQ_HEAD(sts_gate_groups, sts_gate_group);
TAILQ_HEAD(sts_gate_zones, sts_gate_zone);

struct sts_gate {
	struct sts_map groups, zones; /* those with anyone in or waiting */
	struct sts_gate_groups ready; /* a zone is ready, below group_max */
	size_t active, waiting;
};

struct sts_gate_pass {
	TAILQ_ENTRY(sts_gate_pass) link;
	struct sts_gate *gate;
	struct sts_gate_zone *zone; /* NULL: neither in nor waiting */
	bool in;
};

enum sts_err sts_gate_init(struct sts_gate *gate, uint64_t seed);
void sts_gate_fini(struct sts_gate *gate); /* all have left */
/* Queue up. STS_ENOMEM. */
enum sts_err sts_gate_wait(struct sts_gate *gate, struct sts_gate_pass *pass,
    const char *domain, size_t group_max);
/* Let the next one in, or NULL: nobody waits or no room. */
struct sts_gate_pass *
sts_gate_next(struct sts_gate *gate, size_t max, size_t group_max);
/* Leave, or give up waiting; harmless when neither. */
void sts_gate_leave(struct sts_gate_pass *pass, size_t group_max);

#endif
