/* SPDX-License-Identifier: ISC */
#ifndef STS_FETCH_STATE_H
#define STS_FETCH_STATE_H

#include <curl/curl.h>
#include <sys/queue.h>

#include "fetch_kinds.h"
#include "sts/addresses.h"
#include "sts/domain.h"
#include "sts/http.h"

#define STS_FETCH_BODY    65536 /* RFC 8461 section 3.3 suggests 64 KiB */
#define STS_FETCH_HEADERS 65536 /* octets of all header lines */

struct sts_fetcher;

/* How many requests hold an address (one that they may connect to). */
struct sts_fetch_slot {
	LIST_ENTRY(sts_fetch_slot) link;
	struct sockaddr_storage addr;
	size_t used;
};

struct sts_http_request {
	TAILQ_ENTRY(sts_http_request) link;
	struct sts_fetcher *fetcher;
	const struct sts_fetch_kind *kind;
	sts_http_cb *cb;
	void *arg;
	bool *gone; /* set when it ends inside open(); NULL later */
	enum sts_fetch_stage stage;
	enum sts_fetch_stop stop;
	bool accepted; /* the headers are over and were all right */
	bool left_out; /* a full address was not given to curl */
	int64_t began, deadline;
	const char *zone; /* in host: its last two labels */
	struct sts_timer *timer;
	struct sts_addresses addresses; /* whose query is */
	struct sts_address_query *query;
	char host[STS_DOMAIN_SIZE];                      /* to connect to */
	struct sockaddr_storage addr[STS_ADDRESSES_MAX]; /* permitted */
	size_t n_addr;
	struct sts_fetch_slot *slot[STS_ADDRESSES_MAX]; /* taken */
	size_t n_slot;
	CURL *easy;
	struct curl_slist *resolve;
	struct ssl_ctx_st *ssl_ctx;     /* of the last handshake; a reference */
	int dialled[STS_ADDRESSES_MAX]; /* curl's sockets, perhaps closed */
	size_t n_dialled;
	bool close_notify;
	bool chunked;
	char error[CURL_ERROR_SIZE];
	char *body;
	size_t n_body, room, n_header;
	/* Mono: when it began to wait for room, when curl got it, and when TCP
	 * and TLS were there; -1: not yet. */
	int64_t waits_since, started, connected, secured;
	struct sts_http_trace trace;
};

#endif
