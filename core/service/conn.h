/* SPDX-License-Identifier: ISC */
#ifndef STS_CONN_H
#define STS_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "buf.h"
#include "parse.h"
#include "places.h"
#include "sts/service.h"

#define STS_RING        64      /* questions open on a connection */
#define STS_OUT_SOFT    65536   /* above it no question is taken */
#define STS_OUT_MAX     1048576 /* of answers not yet written */
#define STS_HELD_MAX    262144  /* of answers that wait their turn */
#define STS_LISTENERS   4
#define STS_ADMIN_CONNS 64

struct sts_task;
TAILQ_HEAD(sts_conns, sts_conn);

struct sts_listener {
	struct sts_service *service;
	struct event event;
	int fd;
	bool admin;
};

struct sts_service_stats {
	uint64_t accepted, busy, stalled, idle, questions, errors;
	uint64_t sent, refused, would_refuse, failed, tlsa_asked, tlsa_failed;
};

struct sts_service {
	struct sts_service_deps deps;
	struct sts_service_config config;
	struct sts_overrides *overrides; /* NULL: none */
	struct sts_listener listener[STS_LISTENERS];
	size_t n_listeners, n_conns, n_admin, n_explains, n_judges;
	struct sts_conns conns, kicked;
	struct sts_users users;
	struct event kick;               /* work for connections in kicked */
	struct sts_timer *tick;          /* idle and stalled connections */
	struct sts_timer *pause, *grace; /* out of descriptors; the end */
	struct sts_task *spare;
	struct sts_routes *routes; /* NULL: never asked */
	struct sts_wishes *wishes; /* the same */
	LIST_HEAD(sts_tlsa_looks, sts_tlsa_look) tlsa_looks;
	LIST_HEAD(sts_judges, sts_judge) judges;
	struct sts_service_stats stats;
	int64_t started;          /* mono */
	int spare_fd;             /* given up to turn a client away */
	bool stopping, full_told; /* that connections_max was reached */
	void (*stopped)(void *arg), *stopped_arg;
};

struct sts_conn {
	TAILQ_ENTRY(sts_conn) link, kick_link;
	struct sts_service *service;
	struct sts_user *user; /* NULL: admin */
	struct event read, write;
	char *in; /* start..end is not yet taken; seen: no LF before it */
	size_t in_cap, start, end, seen;
	struct sts_buf out;
	struct sts_task *ring[STS_RING];    /* in the order of the questions */
	size_t written, head, n_ring, held; /* written: of out */
	struct sts_timer *progress;
	int64_t last, heard; /* mono: traffic, as of a tick; and input */
	int fd;
	bool admin, eof, closing, dead, kicked, reading, writing, traffic;
	bool too_long; /* to be said after the open answers */
};

/* Work for a connection outside the present call, from the loop. */
void sts_conn_kick(struct sts_conn *conn);
/* Take lines, move answers, write. May free the connection. */
void sts_conn_run(struct sts_conn *conn);
void sts_conn_free(struct sts_conn *conn);
/* Answer what is open as temporary, take nothing more, close when written. */
void sts_conn_stop(struct sts_conn *conn);
/* Take and answer one line; false: out of memory, close. */
bool sts_conn_line(struct sts_conn *conn, struct sts_str line);
void sts_conn_progress(struct sts_conn *conn);
enum sts_err sts_conn_new(struct sts_service *service, int fd, bool admin);
/* A connection is gone: is the service to stop, and that the last? */
void sts_service_closed(struct sts_service *service);

#endif
