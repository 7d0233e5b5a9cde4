/* SPDX-License-Identifier: ISC */
#ifndef STS_SCENARIO_WORLD_H
#define STS_SCENARIO_WORLD_H

#include "sts/clock.h"
#include "sts/dns.h"
#include "sts/http.h"
#include "sts/shared.h"

/* The simulated world that the engine is put into. */

struct sts_clock world_clock(void);
struct sts_dns world_dns(void);
struct sts_http world_http(void);
struct sts_store world_store(void);
struct sts_shared world_shared(void); /* no ops: the script has no cluster */

int64_t now_ms(void);
int64_t now_wall(void);
/* Let time pass and call what comes due, in order. */
void clock_advance(int64_t ms);
void clock_jump(int64_t seconds); /* the wall clock alone */

/* How "name" answers from now on; the words are those of the script. */
void world_set_dns(void);
void world_set_http(void);
void world_set_store(void);
void world_set_shared(void);
/* Another host of the cluster does something. */
void world_peer(void);
/* The text of a policy of this mode, as the words have it; kept. */
const char *world_policy(const char *mode);
/* What was put and not committed is gone, and so are the callbacks. */
void store_crash(void);
void store_spoil(const char *key, const char *value);
unsigned store_puts(void); /* since the last call */
unsigned store_gets(void);
unsigned store_dels(void);
bool store_has(const char *key);

struct shared_counts {
	unsigned gets, puts, leases;
};

struct shared_counts shared_counts(void); /* since the last call */

/* What was said of a name, or of "*.suffix", or of "*". */
struct fact {
	struct fact *next;
	char kind; /* 'd' or 'h' */
	char name[300];
	int status;
	char detail[STS_HTTP_DETAIL];
	int64_t delay; /* ms; < 0: never */
	uint32_t ttl;
	size_t n_rr;
	char *rr[8];
	char *body;
};

struct fact *fact_find(char kind, const char *name);
struct fact *fact_new(char kind, const char *name);

#endif
