/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_LINE_H
#define STS_FILTER_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The lines smtpd writes to a filter (smtpd-filters(7), protocol 0.5 and
 * later; 6.8 has 0.6, 7.6 has 0.7). Fields are not NUL-terminated, may be
 * empty, and may hold any octet but '|', LF; rest holds '|', too.
 */
#define STS_FILTER_ID 40 /* octets of a session or token, 16 in practice */

struct sts_field {
	const char *p;
	size_t n;
};

enum sts_filter_kind {
	STS_FILTER_OTHER,  /* nothing we know: pass over it */
	STS_FILTER_CONFIG, /* event: the key, rest: the value */
	STS_FILTER_REPORT, /* about session */
	STS_FILTER_ASK     /* session waits for an answer with token */
};

struct sts_filter_line {
	enum sts_filter_kind kind;
	bool outgoing; /* smtp-out, not smtp-in */
	struct sts_field event;
	struct sts_field session;
	struct sts_field token;
	struct sts_field rest;
};

/*
 * REPORT and ASK are given only with a session (and a token) that can be
 * written back into a line: 1 to STS_FILTER_ID octets of A-Z, a-z, 0-9.
 */
struct sts_filter_line sts_filter_parse(const char *line, size_t n);

bool sts_field_is(struct sts_field field, const char *text);

/* Cut the field before the first '|' off *rest (all of it if there is none). */
struct sts_field sts_field_first(struct sts_field *rest);

/* The same behind the last '|'. */
struct sts_field sts_field_last(struct sts_field *rest);

/*
 * The domain of an address, as it is asked: behind the last '@', without
 * a closing '>', lower case, escaped as docs/protocol.md has it, NUL-terminated
 * in out. Returns false where there is nothing to ask: no domain, an address
 * literal, NUL or more than size holds.
 */
bool sts_field_domain(struct sts_field address, char *out, size_t size);

#endif
