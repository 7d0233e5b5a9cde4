/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"

TAILQ_HEAD(passes, sts_gate_pass);

/* What ends in the last three labels of a name. */
struct sts_gate_zone {
	struct sts_map_node node;
	TAILQ_ENTRY(sts_gate_zone) link;
	struct sts_gate_group *group;
	struct passes waiting;
	size_t active;
	bool ready; /* on the group's list */
	char name[STS_DOMAIN_SIZE];
};

/* What ends in the last two. */
struct sts_gate_group {
	struct sts_map_node node;
	TAILQ_ENTRY(sts_gate_group) link;
	struct sts_gate_zones ready_zones; /* waiting, and below their share */
	size_t active, zones;
	bool ready; /* on the gate's list */
	char name[STS_DOMAIN_SIZE];
};

enum sts_err
sts_gate_init(struct sts_gate *gate, uint64_t seed)
{
	enum sts_err err;

	memset(gate, 0, sizeof(*gate));
	TAILQ_INIT(&gate->ready);
	err = sts_map_init(&gate->groups, 1024, seed);
	return err != STS_OK ? err : sts_map_init(&gate->zones, 1024, seed);
}

void
sts_gate_fini(struct sts_gate *gate)
{
	sts_map_fini(&gate->groups);
	sts_map_fini(&gate->zones);
}

static const char *
last_labels(const char *domain, int labels)
{
	const char *at = domain + strlen(domain);

	for (int dots = 0; at > domain; at--)
		if (at[-1] == '.' && ++dots == labels)
			break;
	return at;
}

static struct sts_gate_group *
group_get(struct sts_gate *gate, const char *name)
{
	struct sts_map_node *node = sts_map_find(&gate->groups, name);
	struct sts_gate_group *group;

	if (node != NULL)
		return (struct sts_gate_group *)(void *)node;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		return NULL;
	TAILQ_INIT(&group->ready_zones);
	(void)snprintf(group->name, sizeof(group->name), "%s", name);
	sts_map_add(&gate->groups, &group->node, group->name);
	return group;
}

static struct sts_gate_zone *
zone_new(struct sts_gate *gate, struct sts_gate_group *group, const char *name)
{
	struct sts_gate_zone *zone = calloc(1, sizeof(*zone));

	if (zone == NULL)
		return NULL;
	zone->group = group;
	group->zones++;
	TAILQ_INIT(&zone->waiting);
	(void)snprintf(zone->name, sizeof(zone->name), "%s", name);
	sts_map_add(&gate->zones, &zone->node, zone->name);
	return zone;
}

/* On the gate's list exactly while a zone is ready and there is room. */
static void
group_settle(
    struct sts_gate *gate, struct sts_gate_group *group, size_t group_max)
{
	bool ready =
	    !TAILQ_EMPTY(&group->ready_zones) && group->active < group_max;

	if (group->ready && !ready)
		TAILQ_REMOVE(&gate->ready, group, link);
	if (!group->ready && ready)
		TAILQ_INSERT_TAIL(&gate->ready, group, link);
	group->ready = ready;
	if (group->zones == 0) {
		sts_map_del(&gate->groups, &group->node);
		free(group);
	}
}

/* One zone takes half of its group and no more. */
static size_t
share(size_t group_max)
{
	return group_max - group_max / 2;
}

/* On the group's list exactly while it has who waits and room; gone if empty.
 */
static void
settle(struct sts_gate *gate, struct sts_gate_zone *zone, size_t group_max)
{
	struct sts_gate_group *group = zone->group;
	bool waits = !TAILQ_EMPTY(&zone->waiting);
	bool ready = waits && zone->active < share(group_max);

	if (zone->ready && !ready)
		TAILQ_REMOVE(&group->ready_zones, zone, link);
	if (!zone->ready && ready)
		TAILQ_INSERT_TAIL(&group->ready_zones, zone, link);
	zone->ready = ready;
	if (!waits && zone->active == 0) {
		group->zones--;
		sts_map_del(&gate->zones, &zone->node);
		free(zone);
	}
	group_settle(gate, group, group_max);
}

static struct sts_gate_zone *
zone_get(struct sts_gate *gate, const char *domain)
{
	const char *name = last_labels(domain, 3);
	struct sts_map_node *node = sts_map_find(&gate->zones, name);
	struct sts_gate_group *group;
	struct sts_gate_zone *zone;

	if (node != NULL)
		return (struct sts_gate_zone *)(void *)node;
	group = group_get(gate, last_labels(domain, 2));
	if (group == NULL)
		return NULL;
	zone = zone_new(gate, group, name);
	if (zone == NULL && group->zones == 0)
		group_settle(gate, group, 0); /* was made for this zone */
	return zone;
}

enum sts_err
sts_gate_wait(struct sts_gate *gate, struct sts_gate_pass *pass,
    const char *domain, size_t group_max)
{
	struct sts_gate_zone *zone = zone_get(gate, domain);

	if (zone == NULL)
		return STS_ENOMEM;
	pass->gate = gate;
	pass->zone = zone;
	pass->in = false;
	TAILQ_INSERT_TAIL(&zone->waiting, pass, link);
	gate->waiting++;
	settle(gate, zone, group_max);
	return STS_OK;
}

struct sts_gate_pass *
sts_gate_next(struct sts_gate *gate, size_t max, size_t group_max)
{
	struct sts_gate_group *group = TAILQ_FIRST(&gate->ready);
	struct sts_gate_zone *zone;
	struct sts_gate_pass *pass;

	if (group == NULL || gate->active >= max)
		return NULL;
	zone = TAILQ_FIRST(&group->ready_zones);
	pass = TAILQ_FIRST(&zone->waiting);
	TAILQ_REMOVE(&zone->waiting, pass, link);
	pass->in = true;
	gate->waiting--;
	gate->active++;
	group->active++;
	zone->active++;
	/* Both to the ends of their queues. */
	TAILQ_REMOVE(&gate->ready, group, link);
	TAILQ_REMOVE(&group->ready_zones, zone, link);
	group->ready = zone->ready = false;
	settle(gate, zone, group_max);
	return pass;
}

void
sts_gate_leave(struct sts_gate_pass *pass, size_t group_max)
{
	struct sts_gate_zone *zone = pass->zone;
	struct sts_gate *gate = pass->gate;

	if (zone == NULL)
		return;
	pass->zone = NULL;
	if (pass->in) {
		gate->active--;
		zone->group->active--;
		zone->active--;
	} else {
		gate->waiting--;
		TAILQ_REMOVE(&zone->waiting, pass, link);
	}
	settle(gate, zone, group_max);
}
