/* SPDX-License-Identifier: ISC */
#ifndef STS_RD_TLS_H
#define STS_RD_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sts/err.h"

struct evbuffer;
struct ssl_ctx_st;
struct ssl_st;

/* NULL for ca_file: the system's. cert_file and key_file: both or none.
 * STS_EINVAL: a file that cannot be used; *why names it. STS_ENOMEM. */
enum sts_err sts_rd_tls_open(const char *ca_file, const char *cert_file,
    const char *key_file, struct ssl_ctx_st **out, const char **why);
void sts_rd_tls_close(struct ssl_ctx_st *ctx);

/* The peer's certificate must be for this host: a name or an address. */
struct ssl_st *sts_rd_tls_new(struct ssl_ctx_st *ctx, int fd, const char *host);
void sts_rd_tls_free(struct ssl_st *tls);

enum sts_rd_tls {
	STS_RD_TLS_DONE,
	STS_RD_TLS_READ, /* go on when there is something to read */
	STS_RD_TLS_WRITE,
	STS_RD_TLS_FAILED
};

enum sts_rd_tls sts_rd_tls_handshake(struct ssl_st *tls);
/* After FAILED; static. */
const char *sts_rd_tls_why(struct ssl_st *tls);
/* As read(2). EAGAIN also if there is nothing but TLS' own. */
ssize_t sts_rd_tls_read(struct ssl_st *tls, void *buf, size_t size);
/* Is there something to read that the socket will not tell of? */
bool sts_rd_tls_pending(const struct ssl_st *tls);
/* As evbuffer_write(). */
int sts_rd_tls_write(struct ssl_st *tls, struct evbuffer *out);

#endif
