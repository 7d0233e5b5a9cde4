/* SPDX-License-Identifier: ISC */
#ifndef STS_PUBLISH_H
#define STS_PUBLISH_H

#include "cli.h"
#include "sts/dns.h"
#include "sts/policy.h"
#include "sts/record.h"

#define STS_PUBLISH_FOLDER "/var/www/mta-sts"
#define STS_PUBLISH_PATH   "/.well-known/mta-sts.txt"
#define STS_PUBLISH_TTL    3600

/* What a domain is to publish. */
struct sts_publish {
	char domain[STS_DOMAIN_SIZE];
	char mx[STS_MX_MAX][STS_DOMAIN_SIZE + 2]; /* patterns */
	size_t n_mx;
	enum sts_mode mode;
	long max_age; /* seconds */
	char id[STS_ID_SIZE];
	char *policy; /* its text */
	char *record; /* at _mta-sts. */
	char *tlsrpt; /* at _smtp._tls. */
};

/* The web servers that a block is made for. */
enum sts_server { STS_NGINX, STS_APACHE, STS_CADDY, STS_SERVERS };

/* "nginx" */
const char *sts_server_name(enum sts_server server);
/* A server block for the policy host, for free(); NULL: no memory. */
char *
sts_server_block(const struct sts_publish *publish, enum sts_server server);

/*
 * Make the three texts, and look at them as a sender would. The exit code;
 * what is wrong with them has been told.
 */
int sts_publish_texts(struct sts_publish *publish, const struct sts_cli *cli);
/* One more, if there is room and it is not there yet. */
void sts_publish_add_mx(struct sts_publish *publish, const char *pattern);
/* The live MX records as patterns; the exit code, all has been told. */
int sts_publish_live_mx(struct sts_publish *publish, const struct sts_cli *cli);

/* What to do in which order; NULL at the end. */
const char *const *sts_publish_order(const struct sts_publish *publish);
void sts_publish_print(const struct sts_publish *publish);
int sts_publish_json(const struct sts_publish *publish);

#endif
