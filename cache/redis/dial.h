/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_DIAL_H
#define STS_RD_DIAL_H

#include "conn.h"

/* conn is open and the caller's, or NULL for why; which lives till then. */
typedef void
sts_rd_dial_cb(void *arg, struct sts_rd_conn *conn, const char *why);

/* From a place to a connection: its addresses are tried in turn. */
struct sts_rd_dial {
	const struct sts_rd_env *env;
	sts_rd_dial_cb *cb;
	void *arg;
	const char *tls; /* in the clear: NULL */
	struct sts_redis_place place;
	struct sockaddr_storage addr[STS_ADDRESSES_MAX];
	socklen_t len;
	size_t n, next;
	struct sts_addresses addresses; /* that were asked */
	struct sts_address_query *query;
	struct sts_rd_conn *conn;
	struct sts_timer *timer;
	char why[STS_RD_WHY]; /* of the first address: it says most */
};

/* The callback may come inside the call. */
void sts_rd_dial(struct sts_rd_dial *dial, const struct sts_redis_place *place,
    sts_rd_dial_cb *cb, void *arg);
void sts_rd_dial_unix(
    struct sts_rd_dial *dial, const char *path, sts_rd_dial_cb *cb, void *arg);
/* No callback will come. */
void sts_rd_dial_stop(struct sts_rd_dial *dial);

#endif
