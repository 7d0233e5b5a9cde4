/* SPDX-License-Identifier: ISC */
#ifndef STS_HTTP_TRACE_H
#define STS_HTTP_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sts/cert_seen.h"

#define STS_TRACE_ADDRESSES 16
#define STS_TRACE_ADDRESS   46  /* octets of one in text, with its NUL */
#define STS_TRACE_TEXT      256 /* of what a server says of itself */

/*
 * How far a request got, for people who look for a fault; nothing is decided
 * by it. Text is printable ASCII, what is remote is escaped; "" is unknown.
 * Times are milliseconds that a step took, -1 where it was not finished.
 */
struct sts_http_trace {
	struct {
		char text[STS_TRACE_ADDRESS];
		const char *refused; /* by the guard, why (static), or NULL */
	} address[STS_TRACE_ADDRESSES];
	size_t n_address;
	bool proxy; /* a proxy dials for us: connect is to it */
	int64_t lookup_ms, connect_ms, tls_ms;
	int64_t wait_ms;              /* for room among our own fetches */
	int64_t total_ms;             /* of all, however it ended */
	char peer[STS_TRACE_ADDRESS]; /* connected to */
	const char *tls;              /* static: "TLSv1.3" */
	struct sts_cert_seen cert;
	char media_type[STS_TRACE_TEXT];
	size_t size; /* octets of body that came */
};

#endif
