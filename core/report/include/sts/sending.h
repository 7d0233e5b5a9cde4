/* SPDX-License-Identifier: ISC */
#ifndef STS_SENDING_H
#define STS_SENDING_H

#include <stdint.h>

#include "sts/str.h"

#define STS_SENDING_WHY 128

enum sts_sent {
	STS_SENT_ACCEPTED, /* the local mail server, or 2xx */
	STS_SENT_RETRY,    /* not now: no connection, 5xx, 429, time-out */
	STS_SENT_REFUSED,  /* never: 3xx, 4xx, an address that is not allowed */
	STS_SENT_LOCAL     /* our own limit or fault: try again */
};

/* why: printable ASCII, may be empty; lives until the callback returns. */
typedef void sts_sent_cb(void *arg, enum sts_sent result, const char *why);

struct sts_send;

/*
 * How a report leaves this host. The callback comes exactly once, by the
 * deadline (mono, milliseconds) at the latest, possibly inside the call; what
 * is given must live until then. Returns a handle for cancel, or NULL when the
 * callback has already run.
 */
struct sts_sending_ops {
	/* A whole message, LF at the end of lines, to one address. */
	struct sts_send *(*mail)(void *ctx, const char *from, const char *to,
	    struct sts_str message, int64_t deadline, sts_sent_cb *cb,
	    void *arg);
	/* POST of a report in gzip, application/tlsrpt+gzip (RFC 8460 section
	 * 5.4), to an https URL; port 443, no redirects, and no address that
	 * policy fetches refuse (THR-7). */
	struct sts_send *(*post)(void *ctx, const char *url,
	    struct sts_str gzip, int64_t deadline, sts_sent_cb *cb, void *arg);
	/* No callback will come. */
	void (*cancel)(void *ctx, struct sts_send *send);
};

/* Injected: the mailer and the poster, or a test. */
struct sts_sending {
	const struct sts_sending_ops *ops;
	void *ctx;
};

#endif
