/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <string.h>

#include "probe_impl.h"

static bool
same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET6)
		return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
			   &((const struct sockaddr_in6 *)b)->sin6_addr,
			   16) == 0;
	return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
	       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
}

/* Who has a connection is at the head of the list. */
bool
sts_probe_has_room(const struct sts_probe_request *req)
{
	const struct sts_prober *p = req->prober;
	const struct sts_probe_request *other;
	size_t used = 0;

	if (p->connected >= p->total_max)
		return false;
	for (other = TAILQ_FIRST(&p->open); other != NULL;
	     other = TAILQ_NEXT(other, link)) {
		if (other == req)
			continue;
		if (other->fd < 0)
			break;
		if (same_address(&other->addr[other->at], &req->addr[req->at]))
			used++;
	}
	return used < p->per_address_max;
}
