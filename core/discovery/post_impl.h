/* SPDX-License-Identifier: ISC */
#ifndef STS_POST_IMPL_H
#define STS_POST_IMPL_H

#include <curl/curl.h>

#include "sts/domain.h"

/*
 * Read a URL that a stranger's DNS gave: https, a domain's name, port 443,
 * nobody's password, at most STS_RUA_TEXT_MAX octets of printable ASCII. The
 * host, and the URL without fragment and with our port; for curl_free().
 * NULL: fine; else why not (static), or "no memory".
 */
const char *sts_post_url(
    const char *text, unsigned port, char host[STS_DOMAIN_SIZE], char **url);

extern const char sts_post_no_memory[];

#endif
