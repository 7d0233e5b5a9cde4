/* SPDX-License-Identifier: ISC */
#ifndef STS_MAP_H
#define STS_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "sts/err.h"

/* Embedded as the first member of what is found by a name. */
struct sts_map_node {
	struct sts_map_node *next;
	const char *key; /* NUL-terminated; lives as long as the node */
	uint64_t hash;
};

/* A hash table of somebody else's nodes; never grows. */
struct sts_map {
	struct sts_map_node **slot;
	size_t mask;
	size_t n;
	uint64_t seed; /* or a stranger chooses names that collide */
};

enum sts_err sts_map_init(struct sts_map *map, size_t expected, uint64_t seed);
void sts_map_fini(struct sts_map *map);
struct sts_map_node *sts_map_find(const struct sts_map *map, const char *key);
/* The key must not be there yet. */
void
sts_map_add(struct sts_map *map, struct sts_map_node *node, const char *key);
void sts_map_del(struct sts_map *map, struct sts_map_node *node);
/* fn must not take nodes out or put them in. */
void sts_map_each(const struct sts_map *map,
    void (*fn)(void *arg, struct sts_map_node *node), void *arg);
/* Any node, or NULL: for taking all out. */
struct sts_map_node *sts_map_any(const struct sts_map *map);

#endif
