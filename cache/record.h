/* SPDX-License-Identifier: ISC */
#ifndef STS_CACHE_RECORD_H
#define STS_CACHE_RECORD_H

#include <stdbool.h>

#include "table.h"
#include "sts/store.h"

#define STS_RECORDS_MAX ((size_t)64 * 1024 * 1024) /* octets kept in memory */

/* A copy of an item, immutable but for refs, which only the loop touches. */
struct sts_record {
	unsigned refs;
	bool gone; /* the key was deleted: hides what the file may hold */
	int64_t expiry;
	struct sts_str key, value;
	char bytes[];
};

/* One reference is the caller's. NULL: out of memory. */
struct sts_record *sts_record_new(const struct sts_store_item *item, bool gone);
struct sts_record *sts_record_keep(struct sts_record *record);
/* NULL is fine. */
void sts_record_drop(struct sts_record *record);
bool sts_record_live(const struct sts_record *record, int64_t now);
struct sts_store_item sts_record_item(const struct sts_record *record);

/* All buckets of records in memory, and how much they are. */
struct sts_records {
	struct sts_table *table[STS_BUCKETS];
	size_t size;
};

enum sts_err sts_records_init(struct sts_records *records);
void sts_records_fini(struct sts_records *records);
/*
 * Keep the record (a reference is taken) in place of its key's present one.
 * STS_ELIMIT: more than STS_RECORDS_MAX in all; STS_ENOMEM. Then nothing has
 * changed.
 */
enum sts_err sts_records_put(struct sts_records *records,
    enum sts_bucket bucket, struct sts_record *record);
void sts_records_del(
    struct sts_records *records, enum sts_bucket bucket, struct sts_str key);
/* Take out what has expired. */
void sts_records_sweep(struct sts_records *records, int64_t now);

/* May the key be stored, is the item within the bounds? */
bool sts_key_valid(enum sts_bucket bucket, struct sts_str key);
bool sts_item_valid(enum sts_bucket bucket, const struct sts_store_item *item);

#endif
