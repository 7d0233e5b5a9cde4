/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "record.h"
#include "sts/cache.h"

#define SWEEP_MS 10000 /* a full store looks for expired items this often */

struct memory {
	struct sts_clock clock;
	struct sts_records records;
	int64_t sweep_next; /* mono */
};

static int64_t
wall(const struct memory *memory)
{
	return memory->clock.ops->wall(memory->clock.ctx);
}

static void
memory_get(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_get_cb *cb, void *arg)
{
	struct memory *memory = ctx;
	struct sts_record *record = NULL;
	struct sts_store_item item;

	(void)deadline;
	if (sts_key_valid(bucket, key))
		record = sts_table_get(memory->records.table[bucket], key);
	if (record == NULL || !sts_record_live(record, wall(memory))) {
		cb(arg, STS_STORE_MISS, NULL);
		return;
	}
	/* The callback may put the same key. */
	sts_record_keep(record);
	item = sts_record_item(record);
	cb(arg, STS_STORE_FOUND, &item);
	sts_record_drop(record);
}

static enum sts_err
keep(struct memory *memory, enum sts_bucket bucket, struct sts_record *record)
{
	enum sts_err err = sts_records_put(&memory->records, bucket, record);
	int64_t now = memory->clock.ops->mono(memory->clock.ctx);

	if (err == STS_ELIMIT && now >= memory->sweep_next) {
		memory->sweep_next = now + SWEEP_MS;
		sts_records_sweep(&memory->records, wall(memory));
		err = sts_records_put(&memory->records, bucket, record);
	}
	return err;
}

static void
memory_put(void *ctx, enum sts_bucket bucket, const struct sts_store_item *item,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct memory *memory = ctx;
	struct sts_record *record;
	enum sts_err err = STS_EINVAL;

	(void)deadline;
	if (sts_item_valid(bucket, item)) {
		record = sts_record_new(item, false);
		err =
		    record != NULL ? keep(memory, bucket, record) : STS_ENOMEM;
		sts_record_drop(record);
	}
	if (cb != NULL)
		cb(arg, err);
}

static void
memory_del(void *ctx, enum sts_bucket bucket, struct sts_str key,
    int64_t deadline, sts_store_done_cb *cb, void *arg)
{
	struct memory *memory = ctx;

	(void)deadline;
	if (sts_key_valid(bucket, key))
		sts_records_del(&memory->records, bucket, key);
	if (cb != NULL)
		cb(arg, STS_OK);
}

static void
memory_walk(void *ctx, enum sts_bucket bucket, struct sts_str after,
    size_t limit, int64_t deadline, sts_store_each_cb *each,
    sts_store_done_cb *done, void *arg)
{
	struct memory *memory = ctx;
	struct sts_table *table;
	struct sts_record *record;
	struct sts_store_item item;
	int64_t now = wall(memory);
	size_t shown = 0;
	int stop = 0;

	(void)deadline;
	if ((unsigned)bucket >= STS_BUCKETS) {
		done(arg, STS_EINVAL);
		return;
	}
	table = memory->records.table[bucket];
	record = sts_table_above(table, after);
	while (record != NULL && shown < limit && !stop) {
		if (sts_record_live(record, now)) {
			item = sts_record_item(record);
			stop = each(arg, &item);
			shown++;
		}
		record = sts_table_above(table, record->key);
	}
	done(arg, STS_OK);
}

static const char *
memory_state(void *ctx)
{
	(void)ctx;
	return "ok";
}

static void
memory_close(void *ctx)
{
	struct memory *memory = ctx;

	sts_records_fini(&memory->records);
	free(memory);
}

static const struct sts_store_ops memory_ops = {
    .get = memory_get,
    .put = memory_put,
    .del = memory_del,
    .walk = memory_walk,
    .state = memory_state,
    .close = memory_close,
};

enum sts_err
sts_cache_memory(struct sts_clock clock, struct sts_store *out)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL)
		return STS_ENOMEM;
	memory->clock = clock;
	if (sts_records_init(&memory->records) != STS_OK) {
		free(memory);
		return STS_ENOMEM;
	}
	out->ops = &memory_ops;
	out->ctx = memory;
	return STS_OK;
}
