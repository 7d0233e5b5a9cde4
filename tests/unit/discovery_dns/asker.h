/* SPDX-License-Identifier: ISC */
#ifndef ASKER_H
#define ASKER_H

#include "canned.h"
#include "loop.h"
#include "sts/resolver.h"

#define LONG_TIME 8000

/* A loop, the canned authority on it, a resolver that forwards to it. */
extern struct loop loop;
extern struct authority authority;
extern struct sts_resolver *resolver;

/* What came back, copied out of the callback. */
struct got {
	int done;
	enum sts_dns_status status;
	uint32_t ttl;
	size_t n;
	char text[4096]; /* of the first TXT or MX */
	size_t length;
	char last[STS_DOMAIN_SIZE];
};

int asker_setup(void **state);
int asker_teardown(void **state);
struct sts_resolver *asker_resolver(const char *forwarder);
/* An sts_dns_cb; arg is a struct got. */
void asker_keep(void *arg, const struct sts_dns_answer *answer);
/* Ask for TXT and wait for what comes. */
struct got asker_txt(const char *name, int64_t milliseconds);
void asker_expect(const char *name, enum sts_dns_status status);

#endif
