/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_REPORTER_STATE_H
#define STS_REPORT_REPORTER_STATE_H

/*
 * What has become of a report, as it is stored under sent/<date>/<domain>:
 *
 *	stsgate-sent 1
 *	<state> <next>		due, sent, none or given-up; wall seconds
 *	first <wall>		of the first try, 0: none yet
 *	tries <n>
 *	own <0 or 1>		of this host alone, for what the cluster's
 *				report did not hold
 *	id <report-id>		may be empty
 *	last <text>		what the last try came to; may be empty
 *	in <hex>		a part of it, by its digest; a line each
 *	accepted <where>	or: refused <where>; a line each
 *
 * A reader takes exactly this. <where> is an address or a URL.
 */

#include "sts/day.h"
#include "sts/reporter.h"
#include "sts/tlsrpt.h"

#define STS_REP_PREFIX "sent/"
#define STS_REP_DATE   16 /* octets of "sent/2026-01-31/" */
#define STS_REP_KEY    (STS_REP_DATE + STS_DOMAIN_SIZE)
#define STS_REP_MARKS  16 /* destinations of a report, over all its tries */
#define STS_REP_TO     (STS_RUA_TEXT_MAX + 1)
#define STS_REP_HOSTS  256 /* parts of a cluster's report */

struct sts_rep_mark {
	bool accepted; /* or refused for good */
	char to[STS_REP_TO];
};

struct sts_rep_state {
	enum sts_report_state state;
	int64_t next, first;
	unsigned tries;
	bool own;
	char id[STS_REPORT_ID];
	char last[STS_SENDING_WHY];
	size_t n_in;
	uint32_t in[STS_REP_HOSTS];
	size_t n_mark;
	struct sts_rep_mark mark[STS_REP_MARKS];
};

void sts_rep_key(int64_t day, const char *domain, char key[STS_REP_KEY]);
/* Of a day and a domain; false: another row. */
bool sts_rep_key_parse(
    struct sts_str key, int64_t *day, char domain[STS_DOMAIN_SIZE]);

/* A row lives longer than what was counted; wall seconds. */
int64_t sts_rep_expiry(int64_t day);

/* Malloc'd, for the caller to free. NULL: no memory. */
char *sts_rep_state_encode(const struct sts_rep_state *state, size_t *size);
bool sts_rep_state_decode(struct sts_str text, struct sts_rep_state *out);
/* The first lines alone; false: it cannot be read. */
bool sts_rep_state_peek(
    struct sts_str text, enum sts_report_state *state, int64_t *next);

/* NULL: neither accepted nor refused yet. */
const struct sts_rep_mark *
sts_rep_state_mark(const struct sts_rep_state *state, const char *to);
/* False: there is no room. */
bool
sts_rep_state_set(struct sts_rep_state *state, const char *to, bool accepted);
bool sts_rep_state_accepted(const struct sts_rep_state *state);
bool sts_rep_state_in(const struct sts_rep_state *state, uint32_t part);

#endif
