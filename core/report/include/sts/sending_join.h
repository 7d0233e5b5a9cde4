/* SPDX-License-Identifier: ISC */
#ifndef STS_SENDING_JOIN_H
#define STS_SENDING_JOIN_H

#include "sts/sending.h"

/* For those who are a struct sts_sending: what stands first in a handle. */
struct sts_send {
	void (*cancel)(struct sts_send *send);
};

/* A cancel of sts_sending_ops, by the handle alone. */
void sts_sending_cancel(void *ctx, struct sts_send *send);

/*
 * Can it go to a command line or to SMTP as it is? A dot-atom, '@', a name of
 * letters, digits, '-' and '.', 254 octets at most (RFC 5321).
 */
bool sts_sending_address(const char *address);

/* Mail by one, posts by another. Both live longer than what is joined. */
struct sts_sending_pair {
	struct sts_sending mail, post;
};

struct sts_sending sts_sending_join(struct sts_sending_pair *pair);

#endif
