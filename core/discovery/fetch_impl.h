/* SPDX-License-Identifier: ISC */
#ifndef STS_FETCH_IMPL_H
#define STS_FETCH_IMPL_H

#include <sys/queue.h>

#include "fetch_state.h"
#include "sts/fetch.h"

#define STS_FETCH_BUCKETS 256

struct event;

TAILQ_HEAD(sts_fetch_list, sts_http_request);
LIST_HEAD(sts_fetch_bucket, sts_fetch_slot);

struct sts_fetcher {
	struct event_base *base;
	struct sts_addresses addresses;
	struct sts_clock clock;
	const struct sts_log *log;
	struct sts_guard guard;
	char *ca_file;
	char *proxy;      /* NULL: none */
	char *proxy_host; /* NULL: none, or an address */
	unsigned proxy_port;
	unsigned port;
	size_t per_address_max;
	bool patient;
	bool curl_up; /* curl_global_init() has run */
	bool closing;
	bool busy;   /* in a loop over requests: do not free under it */
	bool doomed; /* freed by a callback in there */
	CURLM *multi;
	unsigned untidy;     /* transfers since memory was given back */
	struct event *timer; /* curl's */
	struct event *wake;  /* work that may not be done inside a call */
	struct sts_fetch_list open, waiting;
	struct sts_fetch_bucket slots[STS_FETCH_BUCKETS];
};

#include "fetch_parts.h"

#endif
