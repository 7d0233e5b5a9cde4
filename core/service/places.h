/* SPDX-License-Identifier: ISC */
#ifndef STS_PLACES_H
#define STS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

struct sts_service;

/* Who has connections on the query sockets, by the peer's uid. */
struct sts_user {
	LIST_ENTRY(sts_user) link;
	uid_t uid;
	size_t places;
};

LIST_HEAD(sts_users, sts_user);

/* One more connection of whom fd leads to; NULL: out of memory. */
struct sts_user *sts_place_take(struct sts_service *service, int fd);
void sts_place_leave(struct sts_user *user);
/* Close a connection in favour of the one that fd leads to; false: none is to
 * make way. Not inside a connection's own calls. */
bool sts_place_make(struct sts_service *service, int fd);
/* Count, and log once in a while, that there are too many connections. */
void sts_busy(struct sts_service *service, uid_t uid, size_t places);

#endif
