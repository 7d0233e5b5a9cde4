/* SPDX-License-Identifier: ISC */
#ifndef STS_ENGINE_GATE_H
#define STS_ENGINE_GATE_H

#include <sys/queue.h>

#include "map.h"
#include "sts/domain.h"

/*
 * At most max at once, and of those at most zone_max under one parent zone
 * (the last two labels), so that a wildcard takes only its share. Who has to
 * wait is let in zone by zone in turn.
 */
struct sts_gate_zone;

struct sts_gate {
	struct sts_map zones; /* those with anyone in or waiting */
	TAILQ_HEAD(sts_gate_zones, sts_gate_zone)
	ready; /* waiting, and below zone_max */
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
    const char *domain, size_t zone_max);
/* Let the next one in, or NULL: nobody waits or no room. */
struct sts_gate_pass *
sts_gate_next(struct sts_gate *gate, size_t max, size_t zone_max);
/* Leave, or give up waiting; harmless when neither. */
void sts_gate_leave(struct sts_gate_pass *pass, size_t zone_max);

#endif
