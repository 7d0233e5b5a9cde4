/* SPDX-License-Identifier: ISC */
#ifndef WORLD_H
#define WORLD_H

#include "sts/check.h"

#define DOMAIN "a.example"
#define NOW    1800000000
#define DAY    86400
#define GOOD                                                 \
	"version: STSv1\nmode: enforce\nmx: mx1.a.example\n" \
	"max_age: 604800\n"
#define POLICY(mode) \
	"version: STSv1\nmode: " mode "\nmx: mx1.a.example\nmax_age: 604800\n"

/* What DNS, the policy host and MX hosts say in a test. */
struct world {
	struct sts_checker *checker;
	struct sts_check_config config;
	bool no_probe, validates;
	bool mx_unsigned, hosts_unsigned; /* though DNS validates */
	int64_t life;     /* of good certificates, in days; 0: not known */
	char codes[2048]; /* "code=grade ..." of the last look, no facts */
	struct sts_check_result result; /* its counts */
	char id[STS_ID_SIZE];
	char mend[STS_CHECK_TEXT];            /* of the first finding */
	int64_t days;                         /* of the first certificate */
	size_t looks;                         /* that have ended */
	unsigned probes, lookups, open, most; /* of hosts at once */
	unsigned questions;
};

extern struct world world;

/* A sound domain: record, policy, one MX that is good, all of the rest. */
int world_setup(void **state);
int world_teardown(void **state);

/* In place of what was said of that name before. */
void world_txt(const char *name, const char *text);
/* One more record there. */
void world_txt_more(const char *name, const char *text);
void world_gone(const char *name);
void world_fails(const char *name, enum sts_dns_status status);
/* All MX records: "10 mx1.a.example" and so on. */
void world_mx(const char *first, const char *second);
/* One more, that names no host. */
void world_mx_bad(const char *text);
void world_mx_fails(enum sts_dns_status status);
/* canonical may be NULL. */
void world_host(const char *name, const char *address, const char *canonical);
/* Its data are the digest that all good certificates have, or not. */
void world_tlsa(const char *name, unsigned usage, unsigned matching, bool fits);
void world_policy(const char *body);
void world_http(enum sts_http_status status, long code, const char *detail);
/* What comes of a connection to the address; days of the certificate. */
void world_probe(const char *address, enum sts_probe_status status,
    const char *result, const char *detail, int days);

/* Begin a look, and run until all looks have ended. */
void world_begin(const char *domain);
void world_run(void);
/* Both, and hold the codes against those wanted. */
void world_expect(const char *codes);

#endif
