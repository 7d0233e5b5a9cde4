/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_SENTINEL_H
#define STS_RD_SENTINEL_H

#include "dial.h"

/* place is where the primary is, or NULL for why. Both live till the return. */
typedef void sts_rd_sentinel_cb(
    void *arg, const struct sts_redis_place *place, const char *why);

/* Ask the Sentinels of the URL in turn, first the one that answered last. */
struct sts_rd_sentinel {
	const struct sts_rd_env *env;
	sts_rd_sentinel_cb *cb;
	void *arg;
	size_t at, tried;
	struct sts_rd_dial dial;
	struct sts_rd_conn *conn;
	struct sts_timer *timer;
};

void
sts_rd_sentinel_init(struct sts_rd_sentinel *s, const struct sts_rd_env *env);
/* The callback may come inside the call. */
void sts_rd_sentinel_ask(
    struct sts_rd_sentinel *s, sts_rd_sentinel_cb *cb, void *arg);
void sts_rd_sentinel_stop(struct sts_rd_sentinel *s);

#endif
