/* SPDX-License-Identifier: ISC */
#include <endian.h>
#include <string.h>
#include <zlib.h>

#include "lmdb.h"

/*
 * A row: CRC-32 of the key and all that follows, octets of the value, expiry;
 * all little-endian; then the value.
 */
struct head {
	uint32_t crc, size;
	uint64_t expiry;
};

_Static_assert(sizeof(struct head) == STS_ROW_HEAD, "no padding");

/* LMDB's type is for both ways; it does not write to a key. */
MDB_val
sts_row_key(struct sts_str key)
{
	union {
		const char *in;
		void *out;
	} p = {key.p};

	return (MDB_val){key.n, p.out};
}

static uint32_t
checksum(
    struct sts_str key, const struct head *head, const void *value, size_t n)
{
	uLong crc = crc32(0, (const Bytef *)key.p, (uInt)key.n);

	crc = crc32(
	    crc, (const Bytef *)&head->size, sizeof(*head) - sizeof(head->crc));
	return (uint32_t)crc32(crc, value, (uInt)n);
}

void
sts_row_encode(const struct sts_record *record, void *row)
{
	struct head head;

	head.size = htole32((uint32_t)record->value.n);
	head.expiry = htole64((uint64_t)record->expiry);
	head.crc = htole32(
	    checksum(record->key, &head, record->value.p, record->value.n));
	memcpy(row, &head, sizeof(head));
	memcpy((char *)row + sizeof(head), record->value.p, record->value.n);
}

bool
sts_row_decode(
    const MDB_val *key, const MDB_val *row, struct sts_store_item *item)
{
	const char *value = (const char *)row->mv_data + STS_ROW_HEAD;
	struct head head;
	size_t n;

	/* That so many octets lie in the file was checked at the start. */
	if (row->mv_size < STS_ROW_HEAD || row->mv_size > STS_ROW_MAX)
		return false;
	n = row->mv_size - STS_ROW_HEAD;
	memcpy(&head, row->mv_data, sizeof(head));
	*item = (struct sts_store_item){.key = {key->mv_data, key->mv_size}};
	if (le32toh(head.size) != n ||
	    le32toh(head.crc) != checksum(item->key, &head, value, n))
		return false;
	item->value = (struct sts_str){value, n};
	item->expiry = (int64_t)le64toh(head.expiry);
	return true;
}
