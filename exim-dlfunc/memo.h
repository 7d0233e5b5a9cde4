/* SPDX-License-Identifier: ISC */
#ifndef STS_MEMO_H
#define STS_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

#define STS_MEMO_MX 4096 /* longer lists are asked for again */

/* What mail for a domain is to do, as the service said. */
enum sts_stance {
	STS_NONE,    /* deliver as without MTA-STS */
	STS_TESTING, /* deliver, and log what enforce would refuse */
	STS_ENFORCE,
	STS_TEMP /* defer */
};

/*
 * What was answered lately, so that one delivery asks once: Exim's children
 * inherit it. One domain of a small table; the oldest goes first.
 */
struct sts_memo {
	char domain[STS_NAME_SIZE];
	int64_t at;
	enum sts_stance mode;
	char reason[64]; /* of STS_TEMP */
	char id[40];
	char host[STS_NAME_SIZE]; /* the last one asked about, or "" */
	bool match;               /* does the policy name it? */
	bool tell;                /* the service wants to hear of a success */
	bool has_mx;
	char mx[STS_MEMO_MX]; /* patterns with "," between them */
	bool bound;           /* before STS_TEMP there was a policy */
	/* These stay when the answer is renewed. */
	bool passed;   /* a host was kept away, or may have been */
	bool reported; /* MX hosts that it passed over are logged */
	bool deferred; /* that it is temporary is logged */
};

/* An answer not too old to be used, or NULL. */
struct sts_memo *sts_memo_find(const char *domain);
/* Was a policy of testing or enforce the last that was told, however long ago?
 * True also where it may have been, and had to make room. */
bool sts_memo_bound(const char *domain);
/* The entry to write a new answer to; has at set. */
struct sts_memo *sts_memo_renew(const char *domain);

/* The service gave no answer a moment ago: do not wait for it again. */
bool sts_memo_gone(void);
void sts_memo_set_gone(void);

#endif
