/* SPDX-License-Identifier: ISC */
#ifndef STS_PROBING_H
#define STS_PROBING_H

#include <stdint.h>
#include <sys/socket.h>

#include "sts/cert_seen.h"

#define STS_PROBE_DETAIL 96

enum sts_probe_status {
	STS_PROBE_GOOD,        /* STARTTLS and a certificate that holds */
	STS_PROBE_DEFECT,      /* TLS is not to be had: see result */
	STS_PROBE_UNREACHABLE, /* no SMTP dialogue; no failure of TLS (RPT-12)
				*/
	STS_PROBE_SLOW,        /* it is there, but TLS was not in time */
	STS_PROBE_LOCAL        /* our own limit or fault; nothing was learned */
};

/* Lives until the callback returns. */
struct sts_probe_answer {
	enum sts_probe_status status;
	/* RFC 8460 section 4.3: "success", a result type; "" where none. */
	const char *result;
	/* Printable ASCII: "X509_V_ERR_...", "timeout". May be empty. */
	char detail[STS_PROBE_DETAIL];
	struct sockaddr_storage addr; /* that it speaks of; family 0: none */
	/* Only of a probe of one address, and NULL where no TLS came about. */
	const struct sts_probe_seen *seen;
};

typedef void sts_probe_cb(void *arg, const struct sts_probe_answer *answer);

struct sts_probe_request;

struct sts_probing_ops {
	/*
	 * Would a verified delivery to this MX host work? Its addresses are
	 * tried in turn: EHLO, STARTTLS, a handshake with SNI; chain and host
	 * name checked as RFC 8461 section 4.1 has it; QUIT. Good if one of
	 * them is. The callback comes exactly once, by the deadline (mono,
	 * milliseconds) at the latest, possibly inside the call. Returns a
	 * handle for cancel, or NULL when the callback has already run.
	 */
	struct sts_probe_request *(*probe)(void *ctx, const char *host,
	    int64_t deadline, sts_probe_cb *cb, void *arg);
	/*
	 * The same at one of its addresses; the answer tells what certificate
	 * was seen there, whether it held or not.
	 */
	struct sts_probe_request *(*probe_at)(void *ctx, const char *host,
	    const struct sockaddr_storage *addr, int64_t deadline,
	    sts_probe_cb *cb, void *arg);
	/* No callback will come. */
	void (*cancel)(void *ctx, struct sts_probe_request *request);
};

/* Injected: the prober, or a test. */
struct sts_probing {
	const struct sts_probing_ops *ops; /* NULL: hosts are not tried */
	void *ctx;
};

#endif
