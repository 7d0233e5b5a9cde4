/* SPDX-License-Identifier: ISC */
#ifndef VALIDATOR_H
#define VALIDATOR_H

#include "loop.h"
#include "signed.h"
#include "sts/resolver.h"

#define LONG_TIME 8000

/* The signed zones, what stands before them, a resolver that validates. */
extern struct signed_zones zones;
extern struct loop loop;
extern struct authority authority;
extern struct sts_resolver *resolver;

struct got {
	int done;
	enum sts_dns_status status;
	bool secure;
	uint32_t ttl;
	char text[64];
};

int start_zones(void **state);
int stop_zones(void **state);
int setup(void **state);
int teardown(void **state);
/* Make the resolver, with the anchor of this file. */
enum sts_err try(const char *anchor);
void begin(enum signed_mode mode, const char *anchor);
/* An sts_dns_cb; arg is a struct got. */
void keep(void *arg, const struct sts_dns_answer *answer);
/* Ask for TXT; the others wait for what comes. */
void ask_txt(const char *name, int64_t milliseconds, struct got *got);
struct got txt_within(const char *name, int64_t milliseconds);
struct got txt(const char *name);
void assert_state(const char *want);

#endif
