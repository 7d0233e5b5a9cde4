/* SPDX-License-Identifier: ISC */
#ifndef RIG_H
#define RIG_H

#include "server.h"
#include "sts/fetch.h"

#define DOMAIN     "example.com"
#define HOST       "mta-sts." DOMAIN
#define MODE       "version: STSv1\nmode: enforce\n"
#define POLICY     MODE "mx: a.example\nmax_age: 99999\n"
#define TYPE       "Content-Type: text/plain\r\n"
#define HEAD(more) "HTTP/1.1 200 OK\r\n" TYPE more "\r\n"
#define LONG       20000 /* ms, more than a busy machine makes of anything */
/* Ends with the connection. */
#define GOOD HEAD("") POLICY

enum when { LATER, INSIDE, NEVER };

/* A fetcher and its surroundings, none of them real but the network. */
struct rig {
	struct event_base *base;
	struct sts_clock clock;
	struct sts_log log;
	const char *expect; /* begins the one kind of line that may come */
	unsigned lines;
	struct sts_fetch_config config;
	struct sts_fetcher *fetcher;
	/* What a lookup answers, and when. */
	enum sts_dns_status status;
	struct sockaddr_storage addr[STS_ADDRESSES_MAX];
	size_t n_addr;
	enum when when;
	/* What the lookups were. */
	char asked[STS_DOMAIN_SIZE];
	unsigned lookups, cancels, pending;
};

struct result {
	unsigned calls;
	enum sts_http_status status;
	long code;
	char detail[STS_HTTP_DETAIL];
	char body[65537];
	size_t n;
	int64_t ms; /* from the question to the answer */
	int64_t began;
	bool traced;
	struct sts_http_trace trace;
};

/* The clock is so much ahead, ms; for what is timed from then on. */
extern int64_t rig_ahead;
/* No deadline that is set from then on comes. */
extern bool rig_still;

/* Addresses: 127.0.0.1, which the guard lets through. */
void rig_open(struct rig *rig, unsigned port);
void rig_start(struct rig *rig);
void rig_close(struct rig *rig);
struct sts_addresses rig_addresses(struct rig *rig);
/* Replace what a lookup finds; addresses in text. */
void rig_resolve(struct rig *rig, const char *const *addresses, size_t n);
struct sts_http_request *
rig_get(struct rig *rig, const char *domain, int64_t ms, struct result *result);
/* Run the loop until there is an answer (or half a minute, a failure). */
void rig_wait(struct rig *rig, const struct result *result);
/* Let so much time pass. */
void rig_run(struct rig *rig, int64_t ms);
/* Run what is ready. */
void rig_turn(struct rig *rig);
/* The whole of it: server, rig, one fetch that has LONG. */
struct seen rig_once(const struct script *script, struct result *result);
void rig_fetch(struct rig *rig, int64_t ms, struct result *result);

int rig_group_setup(void **state);
int rig_group_teardown(void **state);

#define assert_result(result, want_status, want_detail)                     \
	do {                                                                \
		assert_int_equal((result)->calls, 1);                       \
		assert_string_equal(sts_http_status_name((result)->status), \
		    sts_http_status_name(want_status));                     \
		assert_string_equal((result)->detail, want_detail);         \
	} while (0)

#endif
