/* SPDX-License-Identifier: ISC */
#ifndef STS_HTTP_H
#define STS_HTTP_H

#include <stdint.h>

#include "sts/http_trace.h"
#include "sts/str.h"

#define STS_HTTP_DETAIL 96
/* Details of what a network of ours that is down comes to, too. */
#define STS_HTTP_NO_DNS   "dns"      /* SERVFAIL, or no answer */
#define STS_HTTP_NO_ROUTE "no-route" /* to any of the addresses */

/* The failures carry the names of RFC 8460 section 4.3.2.2. */
enum sts_http_status {
	STS_HTTP_OK,      /* 200, text/plain, at most 64 KiB: body is set */
	STS_HTTP_FETCH,   /* sts-policy-fetch-error */
	STS_HTTP_WEBPKI,  /* sts-webpki-invalid */
	STS_HTTP_INVALID, /* sts-policy-invalid: wrong or no media type */
	STS_HTTP_LOCAL    /* our own limit or fault; not the domain's */
};

/* Lives until the callback returns. */
struct sts_http_answer {
	enum sts_http_status status;
	long code;                    /* the HTTP status, 0 if none came */
	char detail[STS_HTTP_DETAIL]; /* failure-reason-code, "http-404" */
	struct sts_str body;
	const struct sts_http_trace *trace; /* or NULL */
};

typedef void sts_http_cb(void *arg, const struct sts_http_answer *answer);

struct sts_http_request;

struct sts_http_ops {
	/*
	 * GET https://mta-sts.<domain>/.well-known/mta-sts.txt under all rules
	 * of RFC 8461 section 3.3 (HTT-1 to HTT-8, HTT-14, THR-7, THR-8). The
	 * callback comes exactly once, by the deadline (mono, milliseconds) at
	 * the latest, possibly inside the call. Returns a handle for cancel,
	 * or NULL when the callback has already run.
	 */
	struct sts_http_request *(*get)(void *ctx, const char *domain,
	    int64_t deadline, sts_http_cb *cb, void *arg);
	/* No callback will come. */
	void (*cancel)(void *ctx, struct sts_http_request *request);
};

struct sts_http {
	const struct sts_http_ops *ops;
	void *ctx;
};

/* "sts-policy-fetch-error" and so on; "ok" and "local". */
const char *sts_http_status_name(enum sts_http_status status);

#endif
