/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_LINK_H
#define STS_RD_LINK_H

#include "sentinel.h"

#define STS_RD_WAITING_MAX 1024 /* commands without an answer */

/* NULL: none will come. */
typedef void sts_rd_answer_cb(void *arg, const redisReply *reply);

struct sts_rd_link_ops {
	void (*up)(void *arg);
	/* At each attempt that fails; why is escaped. */
	void (*down)(void *arg, const char *why);
	/* A message of the channel; NULL where there is none. */
	void (*message)(void *arg, const redisReply *reply);
};

struct sts_rd_command;

/* The connection to the primary that is always there again: found, greeted,
 * given up when it does not answer, and told in the log when it comes and
 * goes. */
struct sts_rd_link {
	const struct sts_rd_env *env;
	const struct sts_rd_link_ops *ops;
	void *arg;
	const char *name;    /* in the log */
	const char *channel; /* to hear, or NULL */
	unsigned patience;   /* failures in a row that are not told */
	bool started, up, told;
	unsigned fails, greetings;
	int64_t up_at, spoke_at, backoff;
	struct sts_timer *retry, *overdue, *ping;
	struct sts_rd_sentinel sentinel;
	struct sts_rd_dial dial;
	struct sts_rd_conn *conn;
	struct sts_rd_command *first, **end;
	char place[STS_RD_PLACE];
	uint64_t waiting, commands, connects, losses;
	int64_t rtt_us;
};

/* Nothing happens before start. channel is not copied. */
void sts_rd_link_init(struct sts_rd_link *link, const struct sts_rd_env *env,
    const struct sts_rd_link_ops *ops, void *arg);
/* No event comes inside the call. false: out of memory. */
bool sts_rd_link_start(struct sts_rd_link *link);
/* What waits is told that no answer comes. It may be started again. */
void sts_rd_link_stop(struct sts_rd_link *link);
/* false: it is not up, too much waits, or no memory; cb is not called. */
bool sts_rd_link_send(struct sts_rd_link *link, const struct sts_str *argv,
    size_t argc, sts_rd_answer_cb *cb, void *arg);
/* Give the connection up. */
void sts_rd_link_lose(struct sts_rd_link *link, const char *why);

#endif
