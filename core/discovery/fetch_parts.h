/* SPDX-License-Identifier: ISC */
#ifndef STS_FETCH_PARTS_H
#define STS_FETCH_PARTS_H

/* What the files of the fetcher call of each other; see fetch_impl.h. */

/* fetch_get.c */
extern const struct sts_http_ops sts_fetch_ops;

/* fetch_request.c */
/*
 * Ask a host, which is a name of letters, digits, '-' and '.'. NULL: cb has
 * run.
 */
struct sts_http_request *
sts_fetch_open(struct sts_fetcher *f, const struct sts_fetch_kind *kind,
    const char *host, int64_t deadline, sts_http_cb *cb, void *arg);
/* No callback will come. */
void sts_fetch_cancel(struct sts_http_request *req);
/* Clean up, call back, free. The request is gone after it. */
void
sts_fetch_finish(struct sts_http_request *req, struct sts_http_answer *answer);
void sts_fetch_answer(struct sts_http_request *req, enum sts_http_status status,
    const char *detail);
/* A timer that ends it at that time; false: no memory, the old one stays. */
bool sts_fetch_until(struct sts_http_request *req, int64_t at);

/* fetch_admit.c */
/*
 * With its addresses known: to curl, to the queue, or marked as a fault. No
 * callback comes inside.
 */
void sts_fetch_admit(struct sts_http_request *req);
/* From the loop: answer what has a fault, start what has waited. */
void sts_fetch_wake(struct sts_fetcher *f);

/* fetch_slots.c */
/*
 * Take every address of the request that is not full: per_address_max for a
 * zone that has something there, twice that for one that has nothing.
 * STS_ELIMIT: none was taken, all are full; STS_ENOMEM: none was taken.
 */
enum sts_err sts_fetch_take(struct sts_http_request *req);
void sts_fetch_release(struct sts_http_request *req);

/* fetch_loop.c */
enum sts_err sts_fetch_loop_open(struct sts_fetcher *f);
void sts_fetch_loop_close(struct sts_fetcher *f);
void sts_fetch_loop_wake(struct sts_fetcher *f);

/* fetch_easy.c */
/* Hand the request to curl; no callback comes inside. False: a fault. */
bool sts_fetch_start(struct sts_http_request *req);
void sts_fetch_forget_tls(struct sts_http_request *req);

/* fetch_read.c: of a policy. */
sts_fetch_data_fn sts_fetch_on_header, sts_fetch_on_body;

/* fetch_verdict.c */
/* The answer to a transfer that curl has ended; before it is cleaned up. */
void sts_fetch_verdict(
    struct sts_http_request *req, CURLcode rc, struct sts_http_answer *answer);

/* fetch_trace.c: what http_trace.h has of a request. */
void sts_fetch_trace_addresses(
    struct sts_http_request *req, const struct sts_address_answer *answer);
/* TCP is there, and ssl_ctx; then TLS is. */
void sts_fetch_trace_dialled(struct sts_http_request *req, int fd);
void sts_fetch_trace_connected(struct sts_http_request *req);
void sts_fetch_trace_secured(struct sts_http_request *req);
/* While curl's handle is there. */
void sts_fetch_trace_end(struct sts_http_request *req);

/* fetch_proxy.c */
/* Sets proxy, proxy_host and proxy_port. STS_EINVAL is logged. */
enum sts_err sts_fetch_proxy(struct sts_fetcher *f, const char *url);

#endif
