/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_REDIS_H
#define STS_CONFIG_REDIS_H

#include <stdint.h>

enum sts_config_trust { STS_CONFIG_TAKE, STS_CONFIG_VERIFY };

/* The keys that begin with "redis"; strings are never NULL. */
struct sts_config_redis {
	char *url;  /* of redis_url.h; "": none */
	char *user; /* "": the default one */
	char *password_file;
	char *prefix;
	char *secret_file;     /* there is one if there is a URL */
	char *secret_file_old; /* "": none */
	int trust;             /* enum sts_config_trust */
	int64_t wait;          /* these three: milliseconds */
	int64_t connect_timeout;
	int64_t timeout;
	char *ca_file;   /* "": the ca_file of the rest */
	char *cert_file; /* "": none, and there is no key either */
	char *key_file;
};

#endif
