/* SPDX-License-Identifier: ISC */
#ifndef REPORTER_WORLD_H
#define REPORTER_WORLD_H

#include "fixture.h"
#include "results.h"
#include "sts/reporter.h"

#define MIDNIGHT ((DAY + 1) * INT64_C(86400)) /* the end of DAY */
#define HOUR     3600
#define SENDS    64 /* kept of them */
#define HELD     16

/* A report that left this host. */
struct sent {
	char to[256];
	int64_t wall;
	char id[STS_REPORT_ID]; /* of a mail */
	uint64_t sessions;      /* that a mail's report tells of */
};

/* What a destination answers; the first that is in the URL or address. */
struct answer {
	const char *to;
	enum sts_sent result;
	const char *why;
};

/*
 * A reporter, its counters and its store over a clock that the test turns, and
 * the world it sends to. The log is kept as text, a line each.
 */
struct world {
	struct fixture f;
	struct sts_store store; /* the fixture's, with what fails below */
	struct sts_counters *counters;
	struct sts_reporter *reporter;
	struct sts_reporter_deps deps;
	struct sts_reporter_config config;
	struct sts_log log;
	char *lines;
	size_t n_lines;
	uint32_t seed;

	/* _smtp._tls of each domain; %s in it is the domain. */
	const char *record;
	enum sts_dns_status dns;
	unsigned queries;

	struct answer answers[8];
	int64_t latency; /* ms of each send; 0: inside the call */
	struct sent sent[SENDS];
	unsigned sends, accepted, under_way, most;
	void (*on_send)(struct world *w);

	struct cluster *cluster; /* NULL: alone */
	bool cut_off, dying;
	bool blind;   /* does not hear of "kept/..." */
	int64_t slow; /* ms of each call of the store and of DNS; 0: inside */
	struct late *lates;
	bool puts_fail, hold_puts; /* of rows of reports */
	struct held_put {
		sts_store_done_cb *done;
		void *arg;
	} held[HELD];
	size_t n_held;
};

void world_init(struct world *w);
void world_fini(struct world *w);
void world_stop(struct world *w);
void world_start(struct world *w);
void world_kill(struct world *w); /* -9: what is held is not written */
void world_until(struct world *w, int64_t wall); /* a minute at a time */
void world_pass(struct world *w, int64_t seconds);
/* So many successes of a domain, today. */
void world_count(struct world *w, const char *domain, unsigned times);
uint64_t world_left(struct world *w, const char *domain); /* of DAY */
unsigned world_told(struct world *w, const char *text);   /* lines with it */
/* DAY's report of a domain; asserts that there is one. */
struct sts_report_view world_view(struct world *w, const char *domain);
enum sts_report_state world_state(struct world *w, const char *domain);

extern const struct sts_sending_ops world_sending_ops;
extern const struct sts_dns_ops world_dns_ops;
extern const struct sts_store_ops world_store_ops;

#endif
