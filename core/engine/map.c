/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "sts/map.h"

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ (h >> 32);
}

/* Eight octets a step; the seed keeps the order unknown outside. */
static uint64_t
hash(const struct sts_map *map, const char *key)
{
	size_t n = strlen(key);
	uint64_t h = map->seed ^ n;

	while (n > 0) {
		uint64_t word = 0;
		size_t take = n < sizeof(word) ? n : sizeof(word);

		memcpy(&word, key, take);
		h = mix(h ^ word) + map->seed;
		key += take;
		n -= take;
	}
	return mix(h);
}

enum sts_err
sts_map_init(struct sts_map *map, size_t expected, uint64_t seed)
{
	size_t slots = 16;

	while (slots < expected && slots < SIZE_MAX / 4 / sizeof(void *))
		slots *= 2;
	map->slot = calloc(slots, sizeof(void *));
	if (map->slot == NULL)
		return STS_ENOMEM;
	map->mask = slots - 1;
	map->n = 0;
	map->seed = mix(seed);
	return STS_OK;
}

void
sts_map_fini(struct sts_map *map)
{
	free(map->slot);
	map->slot = NULL;
}

struct sts_map_node *
sts_map_find(const struct sts_map *map, const char *key)
{
	uint64_t h = hash(map, key);
	struct sts_map_node *node = map->slot[h & map->mask];

	while (node != NULL && (node->hash != h || strcmp(node->key, key) != 0))
		node = node->next;
	return node;
}

void
sts_map_add(struct sts_map *map, struct sts_map_node *node, const char *key)
{
	struct sts_map_node **slot;

	node->key = key;
	node->hash = hash(map, key);
	slot = &map->slot[node->hash & map->mask];
	node->next = *slot;
	*slot = node;
	map->n++;
}

void
sts_map_del(struct sts_map *map, struct sts_map_node *node)
{
	struct sts_map_node **at = &map->slot[node->hash & map->mask];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	map->n--;
}

struct sts_map_node *
sts_map_any(const struct sts_map *map)
{
	for (size_t i = 0; i <= map->mask; i++)
		if (map->slot[i] != NULL)
			return map->slot[i];
	return NULL;
}

void
sts_map_each(const struct sts_map *map,
    void (*fn)(void *arg, struct sts_map_node *node), void *arg)
{
	for (size_t i = 0; i <= map->mask; i++)
		for (struct sts_map_node *n = map->slot[i]; n; n = n->next)
			fn(arg, n);
}
