/* SPDX-License-Identifier: ISC */
#ifndef STS_REDIS_URL_H
#define STS_REDIS_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "sts/domain.h"
#include "sts/err.h"

#define STS_REDIS_SENTINELS 8
#define STS_REDIS_PATH      108 /* octets of a socket's path, with its NUL */

struct sts_redis_place {
	char host[STS_DOMAIN_SIZE]; /* a name or an address, no brackets */
	unsigned port;
};

enum sts_redis_kind { STS_REDIS_TCP, STS_REDIS_UNIX, STS_REDIS_SENTINEL };

/*
 *	redis://host[:6379][/db]	rediss://host[:6379][/db]
 *	unix:/path[?db=n]
 *	sentinel://host[:26379],...[/name[/db]]
 * IPv6 in brackets. Sentinel's primary is "mymaster" unless named. unix:///path
 * is the same as unix:/path.
 */
struct sts_redis_url {
	enum sts_redis_kind kind;
	bool tls; /* rediss */
	struct sts_redis_place place[STS_REDIS_SENTINELS];
	size_t n_place; /* 1 for TCP */
	char path[STS_REDIS_PATH];
	char primary[64];
	unsigned db;
};

/* STS_ESYNTAX: *why is what is wrong, static. A user or password in the URL is
 * refused: they do not belong where everyone reads them. */
enum sts_err sts_redis_url_parse(
    const char *text, struct sts_redis_url *out, const char **why);

#endif
