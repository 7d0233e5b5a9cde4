/* SPDX-License-Identifier: ISC */
#include "lru.h"

#define SLOTS_MAX 65536
#define LOOK_AT   64 /* of the longest unused ones */

enum sts_err
sts_lru_init(struct sts_lru *lru, size_t max, uint64_t seed)
{
	TAILQ_INIT(&lru->list);
	lru->max = max;
	return sts_map_init(&lru->map, max < SLOTS_MAX ? max : SLOTS_MAX, seed);
}

void
sts_lru_fini(struct sts_lru *lru)
{
	sts_map_fini(&lru->map);
}

struct sts_lru_node *
sts_lru_find(struct sts_lru *lru, const char *key)
{
	struct sts_lru_node *node =
	    (struct sts_lru_node *)sts_map_find(&lru->map, key);

	if (node != NULL && node != TAILQ_FIRST(&lru->list)) {
		TAILQ_REMOVE(&lru->list, node, link);
		TAILQ_INSERT_HEAD(&lru->list, node, link);
	}
	return node;
}

void
sts_lru_add(struct sts_lru *lru, struct sts_lru_node *node, const char *key)
{
	sts_map_add(&lru->map, &node->node, key);
	TAILQ_INSERT_HEAD(&lru->list, node, link);
}

void
sts_lru_del(struct sts_lru *lru, struct sts_lru_node *node)
{
	sts_map_del(&lru->map, &node->node);
	TAILQ_REMOVE(&lru->list, node, link);
}

bool
sts_lru_room(struct sts_lru *lru,
    bool (*may_go)(const struct sts_lru_node *node), struct sts_lru_node **out)
{
	struct sts_lru_node *node = TAILQ_LAST(&lru->list, sts_lru_list);
	size_t i;

	*out = NULL;
	if (lru->map.n < lru->max)
		return true;
	for (i = 0; node != NULL && i < LOOK_AT && !may_go(node); i++)
		node = TAILQ_PREV(node, sts_lru_list, link);
	if (i < LOOK_AT)
		*out = node;
	return false;
}
