/* SPDX-License-Identifier: ISC */
#ifndef STS_GUARD_H
#define STS_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

#include "sts/err.h"
#include "sts/str.h"

#define STS_GUARD_MAX 32

/*
 * Which addresses a stranger's DNS may make us connect to (THR-7): none that
 * is loopback, private, link-local, shared, multicast, unspecified, reserved
 * or documentation, nor an IPv6 form that carries such an IPv4 address; but
 * all that an exception of the configuration covers.
 */
struct sts_guard {
	struct {
		int family;
		unsigned char addr[16];
		unsigned bits;
	} allow[STS_GUARD_MAX];
	size_t n;
};

/* Add an exception, "10.0.0.0/8" or "fd00::1". STS_ESYNTAX, STS_ELIMIT. */
enum sts_err sts_guard_allow(struct sts_guard *guard, struct sts_str cidr);
/* Why an address is refused, such as "loopback"; NULL: it is not. Static. */
const char *
sts_guard_refusal(const struct sts_guard *guard, const struct sockaddr *addr);
bool
sts_guard_permits(const struct sts_guard *guard, const struct sockaddr *addr);

#endif
