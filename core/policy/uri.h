/* SPDX-License-Identifier: ISC */
#ifndef STS_URI_H
#define STS_URI_H

#include "sts/str.h"

enum sts_uri_use {
	STS_URI_USABLE,      /* mailto with an address, https with a host */
	STS_URI_UNSUPPORTED, /* another scheme */
	STS_URI_BROKEN       /* no address, no host, control characters */
};

/*
 * tlsrpt-uri: a URI of RFC 3986 with ',', '!' and ';' encoded; returns its
 * end, as far as it gets, or NULL.
 */
const char *sts_skip_uri(const char *p, const char *end);

/* What a URI is worth as a destination of reports (RFC 8460 section 3). */
enum sts_uri_use sts_uri_use(struct sts_str uri);

#endif
