/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define LEVELS 16

struct node {
	struct sts_str key;
	void *value;
	unsigned levels;
	struct node *next[];
};

struct sts_table {
	struct node *first[LEVELS];
	uint32_t dice;
};

int
sts_table_compare(struct sts_str a, struct sts_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order == 0)
		order = (a.n > b.n) - (a.n < b.n);
	return order;
}

struct sts_table *
sts_table_new(void)
{
	struct sts_table *table = calloc(1, sizeof(*table));

	if (table != NULL)
		table->dice = 2463534242U;
	return table;
}

void
sts_table_free(struct sts_table *table)
{
	struct node *node, *next;

	if (table == NULL)
		return;
	for (node = table->first[0]; node != NULL; node = next) {
		next = node->next[0];
		free(node);
	}
	free(table);
}

/*
 * For each level the link that leads past the key: to the first node whose
 * key is not below it, or is above it.
 */
static void
seek(const struct sts_table *table, struct sts_str key, int past,
    struct node **links[LEVELS])
{
	struct node *const *from = table->first;
	unsigned level;

	for (level = LEVELS; level-- > 0;) {
		while (from[level] != NULL &&
		       sts_table_compare(from[level]->key, key) < past)
			from = from[level]->next;
		links[level] = (struct node **)&from[level];
	}
}

static struct node *
find(const struct sts_table *table, struct sts_str key,
    struct node **links[LEVELS])
{
	struct node *node;

	seek(table, key, 0, links);
	node = *links[0];
	if (node != NULL && sts_table_compare(node->key, key) == 0)
		return node;
	return NULL;
}

void *
sts_table_get(const struct sts_table *table, struct sts_str key)
{
	struct node **links[LEVELS];
	struct node *node = find(table, key, links);

	return node != NULL ? node->value : NULL;
}

static unsigned
roll(struct sts_table *table)
{
	unsigned levels = 1;
	uint32_t x = table->dice;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	table->dice = x;
	for (; levels < LEVELS && (x & 3) == 0; x >>= 2)
		levels++;
	return levels;
}

enum sts_err
sts_table_set(
    struct sts_table *table, struct sts_str key, void *value, void **old)
{
	struct node **links[LEVELS];
	struct node *node = find(table, key, links);
	unsigned i, levels;

	if (node != NULL) {
		*old = node->value;
		node->key = key;
		node->value = value;
		return STS_OK;
	}
	levels = roll(table);
	node = malloc(sizeof(*node) + levels * sizeof(struct node *));
	if (node == NULL)
		return STS_ENOMEM;
	node->key = key;
	node->value = value;
	node->levels = levels;
	i = 0;
	do {
		node->next[i] = *links[i];
		*links[i] = node;
	} while (++i < levels);
	*old = NULL;
	return STS_OK;
}

void *
sts_table_del(struct sts_table *table, struct sts_str key)
{
	struct node **links[LEVELS];
	struct node *node = find(table, key, links);
	void *value;
	unsigned i;

	if (node == NULL)
		return NULL;
	for (i = 0; i < node->levels; i++)
		*links[i] = node->next[i];
	value = node->value;
	free(node);
	return value;
}

void *
sts_table_above(const struct sts_table *table, struct sts_str after)
{
	struct node **links[LEVELS];

	seek(table, after, 1, links);
	return *links[0] != NULL ? (*links[0])->value : NULL;
}
