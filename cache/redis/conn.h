/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_CONN_H
#define STS_RD_CONN_H

#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include "env.h"

#define STS_RD_ARGS      12
#define STS_RD_OUT_MAX   4194304 /* octets that wait to be written */
#define STS_RD_IN_MAX    (STS_STORE_VALUE_MAX + 65536) /* of an answer */
#define STS_RD_ITEMS_MAX 4096                          /* of an answer */

/*
 * One connection: octets out, answers in. hiredis reads and writes the
 * protocol; the socket is ours, as its own asynchronous context aborts the
 * process at an answer that nobody asked for, and knows no bounds.
 */
struct sts_rd_conn;

/* Whoever hears may close the connection. */
struct sts_rd_conn_events {
	void (*open)(void *arg);
	void (*reply)(void *arg, redisReply *reply);
	/* The connection is gone by itself. why lives till the return. */
	void (*lost)(void *arg, const char *why);
};

/* Not inside the call comes an event. tls: check the peer against this name.
 * NULL: *why is what failed, static. */
struct sts_rd_conn *sts_rd_conn_new(const struct sts_rd_env *env,
    const struct sockaddr *to, socklen_t len, const char *tls,
    const struct sts_rd_conn_events *events, void *arg, const char **why);
/* Another one listens from now on. */
void sts_rd_conn_hand(struct sts_rd_conn *conn,
    const struct sts_rd_conn_events *events, void *arg);
/* false: out of memory, or too much waits. A failure is told later. */
bool sts_rd_conn_send(
    struct sts_rd_conn *conn, const struct sts_str *argv, size_t argc);
/* No event comes any more. NULL is fine. */
void sts_rd_conn_close(struct sts_rd_conn *conn);

#endif
