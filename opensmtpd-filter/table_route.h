/* SPDX-License-Identifier: ISC */
#ifndef STS_TABLE_ROUTE_H
#define STS_TABLE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sts/client.h"

#define STS_HOST_SIZE 254

enum sts_route_kind {
	STS_ROUTE_UNKNOWN, /* whether there is a policy, too */
	STS_ROUTE_NONE,    /* deliver as without MTA-STS */
	STS_ROUTE_HOST,    /* enforced: to this one */
	STS_ROUTE_BLOCKED, /* enforced: to none */
	STS_ROUTE_ENFORCED /* enforced: where to is not known */
};

/* What the service said of a domain. */
struct sts_route {
	enum sts_route_kind kind;
	bool asked_mx;            /* none: text is known, and may be "" */
	char text[STS_HOST_SIZE]; /* none and host: the MX; else the reason */
	int64_t life_ms;          /* how long it may be repeated */
};

/* now: seconds since 1970, against which "until" is held. */
void sts_route_read(enum sts_reply_kind kind, const char *line, int64_t now,
    struct sts_route *route);

/* Not an answer about the domain, but the service's own trouble or haste. */
bool sts_route_is_passing(const struct sts_route *route);

/* Letters, digits, hyphens and underscores in labels of 1 to 63. */
bool sts_is_host(const char *name);

/*
 * The relay host for smtpd: smtp+tls:// and the MX, or a name below
 * stsgate.invalid, which no server has, that says why there is none, such as
 * certificate-expired.example.com.stsgate.invalid: smtpd logs it and tries
 * again later. (An error would say nothing, and smtpd loses memory for it; nor
 * does smtpd take a name of more than 64 octets: the domain is left out of a
 * longer one, and an MX that has one is not usable.)
 */
void sts_route_value(
    const struct sts_route *route, const char *domain, char *out, size_t size);

#endif
