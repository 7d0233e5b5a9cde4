/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"

struct sts_gate_zone {
	struct sts_map_node node;
	TAILQ_ENTRY(sts_gate_zone) link;
	TAILQ_HEAD(sts_gate_passes, sts_gate_pass) waiting;
	size_t active;
	bool ready; /* on the gate's list */
	char name[STS_DOMAIN_SIZE];
};

enum sts_err
sts_gate_init(struct sts_gate *gate, uint64_t seed)
{
	memset(gate, 0, sizeof(*gate));
	TAILQ_INIT(&gate->ready);
	return sts_map_init(&gate->zones, 1024, seed);
}

void
sts_gate_fini(struct sts_gate *gate)
{
	sts_map_fini(&gate->zones);
}

static const char *
zone_of(const char *domain)
{
	const char *at = domain + strlen(domain);

	for (int dots = 0; at > domain; at--)
		if (at[-1] == '.' && ++dots == 2)
			break;
	return at;
}

static struct sts_gate_zone *
zone_get(struct sts_gate *gate, const char *name)
{
	struct sts_map_node *node = sts_map_find(&gate->zones, name);
	struct sts_gate_zone *zone;

	if (node != NULL)
		return (struct sts_gate_zone *)(void *)node;
	zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return NULL;
	TAILQ_INIT(&zone->waiting);
	(void)snprintf(zone->name, sizeof(zone->name), "%s", name);
	sts_map_add(&gate->zones, &zone->node, zone->name);
	return zone;
}

/* On the ready list exactly while it has who waits and room; gone if empty. */
static void
zone_settle(struct sts_gate *gate, struct sts_gate_zone *zone, size_t zone_max)
{
	bool waits = !TAILQ_EMPTY(&zone->waiting);
	bool ready = waits && zone->active < zone_max;

	if (zone->ready && !ready)
		TAILQ_REMOVE(&gate->ready, zone, link);
	if (!zone->ready && ready)
		TAILQ_INSERT_TAIL(&gate->ready, zone, link);
	zone->ready = ready;
	if (!waits && zone->active == 0) {
		sts_map_del(&gate->zones, &zone->node);
		free(zone);
	}
}

enum sts_err
sts_gate_wait(struct sts_gate *gate, struct sts_gate_pass *pass,
    const char *domain, size_t zone_max)
{
	struct sts_gate_zone *zone = zone_get(gate, zone_of(domain));

	if (zone == NULL)
		return STS_ENOMEM;
	pass->gate = gate;
	pass->zone = zone;
	pass->in = false;
	TAILQ_INSERT_TAIL(&zone->waiting, pass, link);
	gate->waiting++;
	zone_settle(gate, zone, zone_max);
	return STS_OK;
}

struct sts_gate_pass *
sts_gate_next(struct sts_gate *gate, size_t max, size_t zone_max)
{
	struct sts_gate_zone *zone = TAILQ_FIRST(&gate->ready);
	struct sts_gate_pass *pass;

	if (zone == NULL || gate->active >= max)
		return NULL;
	pass = TAILQ_FIRST(&zone->waiting);
	TAILQ_REMOVE(&zone->waiting, pass, link);
	pass->in = true;
	gate->waiting--;
	gate->active++;
	zone->active++;
	TAILQ_REMOVE(&gate->ready, zone, link); /* to the end of the queue */
	zone->ready = false;
	zone_settle(gate, zone, zone_max);
	return pass;
}

void
sts_gate_leave(struct sts_gate_pass *pass, size_t zone_max)
{
	struct sts_gate_zone *zone = pass->zone;
	struct sts_gate *gate = pass->gate;

	if (zone == NULL)
		return;
	pass->zone = NULL;
	if (pass->in) {
		gate->active--;
		zone->active--;
	} else {
		gate->waiting--;
		TAILQ_REMOVE(&zone->waiting, pass, link);
	}
	zone_settle(gate, zone, zone_max);
}
