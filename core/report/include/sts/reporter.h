/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORTER_H
#define STS_REPORTER_H

#include "sts/counters.h"
#include "sts/dns.h"
#include "sts/report.h"
#include "sts/reporter_stats.h"
#include "sts/sending.h"
#include "sts/shared.h"

struct sts_reporter;

/* The world, injected. All of it outlives the reporter. */
struct sts_reporter_deps {
	struct sts_clock clock;
	struct sts_dns dns; /* _smtp._tls TXT */
	struct sts_store store;
	struct sts_shared shared; /* no ops: this host is alone */
	const char *host;         /* in a cluster: whose part it is; unique */
	struct sts_sending sending;
	struct sts_counters *counters;
	const struct sts_log *log;
	uint32_t (*random)(void *ctx);
	void *random_ctx;
};

/* Seconds. sts_reporter_defaults() fills all but the name. */
struct sts_reporter_config {
	struct sts_reporter_name name; /* outlives the next configuration */
	int64_t delay, jitter;    /* after midnight UTC, each domain by itself:
				   * 1800 and up to 14400 (RPT-6) */
	int64_t retry, retry_max; /* 600, doubling to 7200 */
	int64_t give_up;          /* after the first try: 86400 (RPT-7) */
	size_t at_once;           /* reports under way: 8 */
	int64_t lease;            /* of who sends for a cluster: 900 */
};

/* A report of a domain and day, as people see it. */
enum sts_report_state {
	STS_REPORT_OPEN, /* its day goes on */
	STS_REPORT_DUE,  /* to be sent at next */
	STS_REPORT_SENT, /* one destination at least has accepted it */
	STS_REPORT_NONE, /* the domain asks for no reports */
	STS_REPORT_GIVEN_UP
};

struct sts_report_view {
	const char *domain;
	int64_t day;
	enum sts_report_state state;
	int64_t next; /* wall; 0: none */
	unsigned tries;
	char id[STS_REPORT_ID];
	const char *last; /* what the last try came to; may be empty */
};

typedef void sts_report_view_cb(void *arg, const struct sts_report_view *view);

void sts_reporter_defaults(struct sts_reporter_config *config);
/* Begins at once with what is due, never inside this call. NULL: no memory. */
struct sts_reporter *sts_reporter_new(const struct sts_reporter_deps *deps,
    const struct sts_reporter_config *config);
void sts_reporter_configure(
    struct sts_reporter *reporter, const struct sts_reporter_config *config);
/* For what is asked from now on; the one before answers what it was asked. */
void sts_reporter_use_dns(struct sts_reporter *reporter, struct sts_dns dns);
/* Who waits is told STS_ETEMP. Before the counters, and what it sends by. */
void sts_reporter_free(struct sts_reporter *reporter);

/* Those of the last days, in the order of day and domain, after these ("" for
 * the whole day). A day's domains show up a minute after it. */
void
sts_reporter_list(struct sts_reporter *reporter, int64_t day, const char *after,
    size_t limit, sts_report_view_cb *each, sts_store_done_cb *done, void *arg);
/* Now, whatever the hour: a day that is over. done: STS_OK: a destination has
 * accepted it, now or before; STS_ENOENT: nothing counted, or none asked for;
 * STS_EINVAL: no such day or domain; STS_ETEMP: not yet, or given up. */
void sts_reporter_send(struct sts_reporter *reporter, int64_t day,
    const char *domain, sts_store_done_cb *done, void *arg);

/* A report of nothing by mail to one address, for who wants to see whether it
 * arrives signed; one at a time. cb comes once, possibly inside the call. */
void sts_reporter_test(
    struct sts_reporter *reporter, const char *to, sts_sent_cb *cb, void *arg);
/* Reports of a cluster are counted where they are sent. */
void sts_reporter_stats(
    const struct sts_reporter *reporter, struct sts_reporter_stats *out);

#endif
