/* SPDX-License-Identifier: ISC */
#ifndef STS_CLIENT_IMPL_H
#define STS_CLIENT_IMPL_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t sts_client_now(void);

/*
 * Wait until fd is ready for events (poll's), or deadline (sts_client_now()'s
 * scale) has come. Returns 0, or -1 on the deadline and on trouble.
 */
int sts_client_wait(int fd, short events, int64_t deadline);

/*
 * A non-blocking, close-on-exec connection to the socket at path, never one
 * of descriptors 0 to 2; -1 when there is none by the deadline.
 */
int sts_client_connect(const char *path, int64_t deadline);

/* The value of a hexadecimal pair, or -1. */
int sts_client_hex(const char *pair);

#endif
