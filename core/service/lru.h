/* SPDX-License-Identifier: ISC */
#ifndef STS_LRU_H
#define STS_LRU_H

#include <stdbool.h>
#include <sys/queue.h>

#include "sts/map.h"

/* Embedded as the first member of what is kept. */
struct sts_lru_node {
	struct sts_map_node node;
	TAILQ_ENTRY(sts_lru_node) link;
};
TAILQ_HEAD(sts_lru_list, sts_lru_node);

/* What is found by a name, at most max of it, the last used first. */
struct sts_lru {
	struct sts_map map;
	struct sts_lru_list list;
	size_t max;
};

enum sts_err sts_lru_init(struct sts_lru *lru, size_t max, uint64_t seed);
void sts_lru_fini(struct sts_lru *lru);
/* It is then the last used; NULL: not there. */
struct sts_lru_node *sts_lru_find(struct sts_lru *lru, const char *key);
/* The key lives as long as the node and is not there yet. */
void
sts_lru_add(struct sts_lru *lru, struct sts_lru_node *node, const char *key);
void sts_lru_del(struct sts_lru *lru, struct sts_lru_node *node);
/*
 * Room for one more? If not, *out is the longest unused one that may go, or
 * NULL where there is none. True: there is room.
 */
bool sts_lru_room(struct sts_lru *lru,
    bool (*may_go)(const struct sts_lru_node *node), struct sts_lru_node **out);

#endif
