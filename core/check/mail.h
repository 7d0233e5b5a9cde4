/* SPDX-License-Identifier: ISC */
#ifndef MAIL_H
#define MAIL_H

#include "sts/record.h"

/* Pure readers of what stands beside MTA-STS; text is a whole record. */

/* RFC 7208 section 4.6; counts what stands in this record, not in others. */
struct sts_spf {
	unsigned lookups; /* terms that cost a look in DNS (section 4.6.4) */
	char all;         /* its qualifier, '+' too; 0: no "all" */
	bool redirect, ptr;
};

/* Does it begin as SPF does? */
bool sts_spf_is(struct sts_str text);
/* STS_ESYNTAX: *bad is the term that is none. */
enum sts_err
sts_spf_parse(struct sts_str text, struct sts_spf *out, struct sts_str *bad);

/* RFC 7489 section 6.3 */
struct sts_dmarc {
	bool enforces; /* p is quarantine or reject */
	bool reports;  /* there is a rua */
};

bool sts_dmarc_is(struct sts_str text);
/* STS_ESYNTAX: *bad is the tag that is wrong, or which is missing. */
enum sts_err sts_dmarc_parse(
    struct sts_str text, struct sts_dmarc *out, struct sts_str *bad);

/* RFC 6376 section 3.6.1, RFC 8463 */
struct sts_dkim {
	bool revoked, testing;
	bool ed25519;  /* else RSA */
	unsigned bits; /* of the key; 0: revoked */
};

enum sts_err
sts_dkim_parse(struct sts_str text, struct sts_dkim *out, struct sts_str *bad);

/*
 * tags.c: the next "name=value" of a list (RFC 6376 section 3.2), without the
 * space around. STS_ENOENT: none is left; STS_ESYNTAX: *name is no tag.
 */
enum sts_err
sts_tag_next(struct sts_str *list, struct sts_str *name, struct sts_str *value);
/* One of the words of a list such as "none quarantine". */
bool sts_tag_among(struct sts_str value, const char *words);

#endif
