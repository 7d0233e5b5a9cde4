/* SPDX-License-Identifier: ISC */
#ifndef STS_LOOPBACK_H
#define STS_LOOPBACK_H

#include <stddef.h>
#include <sys/socket.h>

#include "sts/err.h"

#define STS_LOOPBACK_MAX 2

/* Where a server of this host listens; to be tried in turn. */
struct sts_loopback {
	struct sockaddr_storage addr[STS_LOOPBACK_MAX];
	size_t n;
};

/* "localhost:25", "127.0.0.1:25" or "[::1]:25"; without a port it is 25.
 * STS_ESYNTAX: not of that form; STS_EINVAL: an address, but of another host:
 * that would want TLS. */
enum sts_err sts_loopback_parse(const char *text, struct sts_loopback *out);

#endif
