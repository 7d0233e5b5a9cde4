/* SPDX-License-Identifier: ISC */
#ifndef STS_FETCH_H
#define STS_FETCH_H

#include "sts/addresses.h"
#include "sts/clock.h"
#include "sts/guard.h"
#include "sts/http.h"
#include "sts/log.h"

struct event_base;

struct sts_fetch_config {
	const char *ca_file; /* PEM bundle; read once, shared by all */
	/*
	 * "http://HOST:PORT" or "socks5h://HOST:PORT". It resolves and dials
	 * for us, so guard and per_address_max do not apply. NULL: none,
	 * whatever the environment says.
	 */
	const char *proxy;
	struct sts_guard guard;
	/*
	 * Connections to one address at once, 1..; as many again for zones
	 * (last two labels) that have none there, so that none starves others.
	 */
	size_t per_address_max;
	unsigned port; /* 443; tests use another */
	bool patient;  /* for room a request may wait until its deadline */
};

struct sts_fetcher;

/* STS_EINVAL: CA file or proxy cannot be used (logged). Strings are copied. */
enum sts_err
sts_fetcher_new(struct event_base *base, const struct sts_fetch_config *config,
    struct sts_addresses addresses, struct sts_clock clock,
    const struct sts_log *log, struct sts_fetcher **out);
/* Open requests are answered STS_HTTP_LOCAL. Also from a callback. */
void sts_fetcher_free(struct sts_fetcher *fetcher);
struct sts_http sts_fetcher_http(struct sts_fetcher *fetcher);
/* For what is fetched from now on (a reload changed the resolver). */
void
sts_fetcher_use(struct sts_fetcher *fetcher, struct sts_addresses addresses);

#endif
