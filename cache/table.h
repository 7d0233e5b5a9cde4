/* SPDX-License-Identifier: ISC */
#ifndef STS_CACHE_TABLE_H
#define STS_CACHE_TABLE_H

#include "sts/err.h"
#include "sts/str.h"

/*
 * Records in memory, ordered by the octets of their keys (a skip list). A key
 * belongs to its value: it must live as long as the value is in the table.
 */
struct sts_table;

/* NULL: out of memory. */
struct sts_table *sts_table_new(void);
/* The values stay as they are; NULL is fine. */
void sts_table_free(struct sts_table *table);

/* NULL: not there. */
void *sts_table_get(const struct sts_table *table, struct sts_str key);
/* *old gets what was there before, or NULL. STS_ENOMEM: nothing changed. */
enum sts_err sts_table_set(
    struct sts_table *table, struct sts_str key, void *value, void **old);
/* Returns the value taken out, or NULL. */
void *sts_table_del(struct sts_table *table, struct sts_str key);
/* The first value with a key above after, or NULL; "" is below all keys. */
void *sts_table_above(const struct sts_table *table, struct sts_str after);

/* As memcmp: the order of the octets, the shorter first. */
int sts_table_compare(struct sts_str a, struct sts_str b);

#endif
