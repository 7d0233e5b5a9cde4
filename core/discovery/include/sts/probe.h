/* SPDX-License-Identifier: ISC */
#ifndef STS_PROBE_H
#define STS_PROBE_H

#include "sts/addresses.h"
#include "sts/clock.h"
#include "sts/guard.h"
#include "sts/log.h"

#define STS_PROBE_DETAIL 96

enum sts_probe_status {
	STS_PROBE_GOOD,        /* STARTTLS and a certificate that holds */
	STS_PROBE_DEFECT,      /* TLS is not to be had: see result */
	STS_PROBE_UNREACHABLE, /* no SMTP dialogue; no failure of TLS (RPT-12)
				*/
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
};

typedef void sts_probe_cb(void *arg, const struct sts_probe_answer *answer);

struct event_base;
struct sts_prober;
struct sts_probe_request;

struct sts_probe_config {
	const char *ca_file; /* PEM bundle; read at the first handshake */
	const char *helo;    /* our name in EHLO */
	struct sts_guard guard;
	size_t total_max;       /* connections at once, 1.. */
	size_t per_address_max; /* of them to one address, 1.. */
	unsigned port;          /* 25; tests use another */
};

/* STS_ENOMEM. Strings are copied. */
enum sts_err sts_prober_new(struct event_base *base,
    const struct sts_probe_config *config, struct sts_addresses addresses,
    struct sts_clock clock, const struct sts_log *log, struct sts_prober **out);
/* Open requests are answered STS_PROBE_LOCAL. Also from a callback. */
void sts_prober_free(struct sts_prober *prober);
/* For what is asked from now on (a reload changed the resolver). */
void sts_prober_use(struct sts_prober *prober, struct sts_addresses addresses);

/*
 * Would a verified delivery to this MX host work? Its addresses are tried in
 * turn: EHLO, STARTTLS, a handshake with SNI; chain and host name checked as
 * RFC 8461 section 4.1 has it; QUIT. Good if one of them is. The callback comes
 * exactly once, by the deadline (mono, milliseconds) at the latest, possibly
 * inside the call. Returns a handle for cancel, or NULL when it has run.
 */
struct sts_probe_request *sts_probe(struct sts_prober *prober, const char *host,
    int64_t deadline, sts_probe_cb *cb, void *arg);
/* No callback will come. */
void sts_probe_cancel(struct sts_probe_request *request);

#endif
