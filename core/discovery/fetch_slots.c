/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fetch_impl.h"

/*
 * A request holds every address that curl may try for it, so the number of
 * connections to an address cannot exceed the number of its holders.
 *
 * Many domains' policies are on the addresses of one provider, and one of them
 * may hold its connections for as long as it likes. So there is as much room
 * again, but only for zones (last two labels) that have nothing there.
 */

static size_t
octets_of(const struct sockaddr_storage *addr, unsigned char out[16])
{
	if (addr->ss_family == AF_INET) {
		memcpy(out, &((const struct sockaddr_in *)addr)->sin_addr, 4);
		return 4;
	}
	memcpy(out, &((const struct sockaddr_in6 *)addr)->sin6_addr, 16);
	return 16;
}

static bool
same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	unsigned char x[16], y[16];
	size_t n = octets_of(a, x);

	return a->ss_family == b->ss_family && octets_of(b, y) == n &&
	       memcmp(x, y, n) == 0;
}

static struct sts_fetch_bucket *
bucket_of(struct sts_fetcher *f, const struct sockaddr_storage *addr)
{
	unsigned char octets[16];
	size_t n = octets_of(addr, octets);
	unsigned hash = 0;

	for (size_t i = 0; i < n; i++)
		hash = hash * 31 + octets[i];
	return &f->slots[hash % STS_FETCH_BUCKETS];
}

static struct sts_fetch_slot *
find(struct sts_fetcher *f, const struct sockaddr_storage *addr)
{
	struct sts_fetch_slot *slot;

	LIST_FOREACH (slot, bucket_of(f, addr), link)
		if (same(&slot->addr, addr))
			return slot;
	return NULL;
}

static struct sts_fetch_slot *
make(struct sts_fetcher *f, const struct sockaddr_storage *addr)
{
	struct sts_fetch_slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return NULL;
	slot->addr = *addr;
	LIST_INSERT_HEAD(bucket_of(f, addr), slot, link);
	return slot;
}

static bool
holds(const struct sts_http_request *req, const struct sts_fetch_slot *slot)
{
	for (size_t i = 0; i < req->n_slot; i++)
		if (req->slot[i] == slot)
			return true;
	return false;
}

static bool
is_full(struct sts_http_request *req, const struct sts_fetch_slot *slot)
{
	size_t max = req->fetcher->per_address_max;
	struct sts_http_request *other;

	if (slot->used < max)
		return false;
	if (slot->used >= 2 * max)
		return true;
	TAILQ_FOREACH (other, &req->fetcher->open, link)
		if (other != req && strcmp(other->zone, req->zone) == 0 &&
		    holds(other, slot))
			return true;
	return false;
}

enum sts_err
sts_fetch_take(struct sts_http_request *req)
{
	struct sts_fetcher *f = req->fetcher;
	struct sts_fetch_slot *slot;

	req->left_out = false;
	for (size_t i = 0; i < req->n_addr; i++) {
		slot = find(f, &req->addr[i]);
		if (slot != NULL && is_full(req, slot)) {
			req->left_out = true;
			continue;
		}
		if (slot == NULL && (slot = make(f, &req->addr[i])) == NULL) {
			sts_fetch_release(req);
			return STS_ENOMEM;
		}
		slot->used++;
		req->slot[req->n_slot++] = slot;
	}
	return req->n_slot > 0 ? STS_OK : STS_ELIMIT;
}

void
sts_fetch_release(struct sts_http_request *req)
{
	if (req->n_slot > 0 && !TAILQ_EMPTY(&req->fetcher->waiting))
		sts_fetch_loop_wake(req->fetcher);
	while (req->n_slot > 0) {
		struct sts_fetch_slot *slot = req->slot[--req->n_slot];

		if (--slot->used > 0)
			continue;
		LIST_REMOVE(slot, link);
		free(slot);
	}
}
