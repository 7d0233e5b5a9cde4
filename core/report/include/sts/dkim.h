/* SPDX-License-Identifier: ISC */
#ifndef STS_DKIM_H
#define STS_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sts/str.h"

/*
 * Signatures of a mail (RFC 6376, with RFC 8301 and RFC 8463), as far as it
 * takes to tell whether a report is signed as RFC 8460 section 3 wants it. The
 * mail is as it was stored, with LF or CRLF; an mbox' "From " line in front is
 * passed over. All of it is hostile.
 */
#define STS_DKIM_MAX 8 /* signatures looked at */

/* Slices of the mail; empty: there is no such tag. */
struct sts_dkim {
	struct sts_str field; /* the whole field */
	struct sts_str domain, selector, algorithm;
	struct sts_str b, bh, h;
	bool simple_head, simple_body; /* else relaxed */
	bool length;                   /* l=: of a part of the body only */
	int64_t expires;               /* 0: never */
	const char
	    *wrong; /* static: why it cannot hold; NULL: nothing so far */
};

/* A key's record at "<selector>._domainkey.<domain>"; slices of it. */
struct sts_dkim_key {
	struct sts_str type;    /* "rsa", "ed25519" */
	struct sts_str service; /* as it stands there; empty: not said */
	struct sts_str data;
	bool usable;       /* for reports: no s=, "*", "tlsrpt" */
	bool tlsrpt;       /* it names them */
	const char *wrong; /* static; NULL: it can be used */
};

/* From the top; returns how many. */
size_t sts_dkim_list(struct sts_str mail, struct sts_dkim out[STS_DKIM_MAX]);
/* Is the field of that name signed, if there is one? */
bool sts_dkim_covers(const struct sts_dkim *sig, const char *name);
/* The last field of that name, unfolded or not; empty: there is none. */
struct sts_str sts_dkim_field(struct sts_str mail, const char *name);

void sts_dkim_key(struct sts_str record, struct sts_dkim_key *out);

/* What came of it: NULL, it holds; else static, why not. */
const char *sts_dkim_body(struct sts_str mail, const struct sts_dkim *sig);
const char *sts_dkim_head(struct sts_str mail, const struct sts_dkim *sig,
    const struct sts_dkim_key *key);

#endif
