/* SPDX-License-Identifier: ISC */
#ifndef STS_PROBE_IMPL_H
#define STS_PROBE_IMPL_H

#include <openssl/ssl.h>
#include <sys/queue.h>

#include "probe_reply.h"
#include "sts/domain.h"
#include "sts/probe.h"

struct event;

enum sts_probe_stage {
	STS_PROBE_LOOKUP,
	STS_PROBE_WAITING, /* for room */
	STS_PROBE_REFUSED, /* nothing can be sent to this address from here */
	STS_PROBE_FAULT,   /* of ours, with this address */
	STS_PROBE_CONNECT,
	STS_PROBE_GREETING,
	STS_PROBE_EHLO,
	STS_PROBE_STARTTLS,
	STS_PROBE_HANDSHAKE
};

struct sts_probe_request {
	TAILQ_ENTRY(sts_probe_request) link;
	struct sts_prober *prober;
	sts_probe_cb *cb;
	void *arg;
	bool *gone; /* set when it ends inside sts_probe(); NULL later */
	enum sts_probe_stage stage;
	int64_t deadline, began, span; /* span: from one to the other */
	char host[STS_DOMAIN_SIZE];
	struct sts_timer *timer;        /* the deadline: never without it */
	struct sts_timer *share;        /* of it, the address' */
	struct sts_addresses addresses; /* whose query is */
	struct sts_address_query *query;
	struct sockaddr_storage addr[STS_ADDRESSES_MAX]; /* permitted */
	size_t n_addr, at; /* addr[at] is being tried */
	int fd;            /* -1: none */
	struct event *event;
	SSL *ssl;
	struct sts_probe_reply reply;
	bool tried;                  /* best holds something */
	const char *refused;         /* why nothing could be sent */
	struct sts_probe_seen *seen; /* NULL: nobody wants to know */
	struct sts_probe_answer best;
};

TAILQ_HEAD(sts_probe_list, sts_probe_request);

struct sts_prober {
	struct event_base *base;
	struct sts_addresses addresses;
	struct sts_clock clock;
	const struct sts_log *log;
	struct sts_guard guard;
	char *ca_file, *helo;
	size_t total_max, per_address_max, connected;
	unsigned port;
	bool patient, closing, told; /* told: that there is no ctx */
	SSL_CTX *ctx;                /* NULL until the first handshake */
	struct sts_timer *wake;      /* there may be room for who waits */
	struct sts_probe_list open;
};

/* probe_request.c: what came of the address; req may be gone after. */
void sts_probe_tried(struct sts_probe_request *req,
    enum sts_probe_status status, const char *result, const char *detail);

/* probe_room.c: is there room for one more connection, to addr[at]? */
bool sts_probe_has_room(const struct sts_probe_request *req);

/*
 * probe_dialog.c: connect to addr[at]; no callback inside. STS_PROBE_CONNECT:
 * under way, else STS_PROBE_REFUSED or STS_PROBE_FAULT.
 */
enum sts_probe_stage sts_probe_connect(struct sts_probe_request *req);
void sts_probe_disconnect(struct sts_probe_request *req);
/* Call sts_probe_dialog() when the socket is ready for what (EV_READ...). */
bool sts_probe_await(struct sts_probe_request *req, short what);
/* Its time is over. */
void sts_probe_late(struct sts_probe_request *req);

/* probe_tls.c: a handshake on the socket; false: a fault of ours. */
bool sts_probe_tls_begin(struct sts_probe_request *req);
void sts_probe_tls_step(struct sts_probe_request *req);

#endif
