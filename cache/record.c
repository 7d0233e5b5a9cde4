/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "record.h"

#define OVERHEAD 128 /* octets of a record beside its key and value, about */

struct sts_record *
sts_record_new(const struct sts_store_item *item, bool gone)
{
	struct sts_record *record;
	size_t value_n = gone ? 0 : item->value.n;

	record = malloc(sizeof(*record) + item->key.n + value_n);
	if (record == NULL)
		return NULL;
	record->refs = 1;
	record->gone = gone;
	record->expiry = item->expiry;
	record->key = (struct sts_str){record->bytes, item->key.n};
	record->value = (struct sts_str){record->bytes + item->key.n, value_n};
	memcpy(record->bytes, item->key.p, item->key.n);
	if (value_n > 0)
		memcpy(record->bytes + item->key.n, item->value.p, value_n);
	return record;
}

struct sts_record *
sts_record_keep(struct sts_record *record)
{
	record->refs++;
	return record;
}

void
sts_record_drop(struct sts_record *record)
{
	if (record != NULL && --record->refs == 0)
		free(record);
}

bool
sts_record_live(const struct sts_record *record, int64_t now)
{
	return !record->gone && record->expiry > now;
}

struct sts_store_item
sts_record_item(const struct sts_record *record)
{
	return (struct sts_store_item){.key = record->key,
	    .value = record->value,
	    .expiry = record->expiry};
}

static size_t
size_of(const struct sts_record *record)
{
	return record->key.n + record->value.n + OVERHEAD;
}

enum sts_err
sts_records_init(struct sts_records *records)
{
	size_t i;

	memset(records, 0, sizeof(*records));
	for (i = 0; i < STS_BUCKETS; i++) {
		records->table[i] = sts_table_new();
		if (records->table[i] == NULL) {
			sts_records_fini(records);
			return STS_ENOMEM;
		}
	}
	return STS_OK;
}

void
sts_records_fini(struct sts_records *records)
{
	struct sts_record *record;
	size_t i;

	for (i = 0; i < STS_BUCKETS; i++) {
		if (records->table[i] == NULL)
			continue;
		while ((record = sts_table_above(
			    records->table[i], sts_str(""))) != NULL)
			sts_records_del(records, i, record->key);
		sts_table_free(records->table[i]);
		records->table[i] = NULL;
	}
}

enum sts_err
sts_records_put(struct sts_records *records, enum sts_bucket bucket,
    struct sts_record *record)
{
	struct sts_record *old;
	void *was;
	size_t freed;
	enum sts_err err;

	old = sts_table_get(records->table[bucket], record->key);
	freed = old != NULL ? size_of(old) : 0;
	if (records->size - freed + size_of(record) > STS_RECORDS_MAX)
		return STS_ELIMIT;
	err = sts_table_set(records->table[bucket], record->key, record, &was);
	if (err != STS_OK)
		return err;
	records->size += size_of(record) - freed;
	sts_record_keep(record);
	sts_record_drop(was);
	return STS_OK;
}

void
sts_records_del(
    struct sts_records *records, enum sts_bucket bucket, struct sts_str key)
{
	struct sts_record *old = sts_table_del(records->table[bucket], key);

	if (old == NULL)
		return;
	records->size -= size_of(old);
	sts_record_drop(old);
}

void
sts_records_sweep(struct sts_records *records, int64_t now)
{
	struct sts_record *record, *next;
	struct sts_table *table;
	size_t i;

	for (i = 0; i < STS_BUCKETS; i++) {
		table = records->table[i];
		record = sts_table_above(table, sts_str(""));
		for (; record != NULL; record = next) {
			next = sts_table_above(table, record->key);
			if (record->expiry <= now && !record->gone)
				sts_records_del(records, i, record->key);
		}
	}
}

bool
sts_key_valid(enum sts_bucket bucket, struct sts_str key)
{
	return (unsigned)bucket < STS_BUCKETS && key.n > 0 &&
	       key.n <= STS_STORE_KEY_MAX;
}

bool
sts_item_valid(enum sts_bucket bucket, const struct sts_store_item *item)
{
	return sts_key_valid(bucket, item->key) &&
	       item->value.n <= STS_STORE_VALUE_MAX;
}
