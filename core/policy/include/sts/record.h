/* SPDX-License-Identifier: ISC */
#ifndef STS_RECORD_H
#define STS_RECORD_H

#include "sts/diag.h"
#include "sts/err.h"
#include "sts/str.h"

#define STS_ID_MAX  32
#define STS_ID_SIZE 33

/* A TXT RRset: one string for each RR, its character-strings joined (TXT-6). */
struct sts_txt {
	const struct sts_str *rr;
	size_t n;
};

/*
 * Read the MTA-STS record among the TXT RRs of _mta-sts.<domain> (RFC 8461
 * section 3.1, TXT-1 to TXT-6, TXT-11). RRs that do not begin v=STSv1; are
 * passed over; exactly one must remain.
 * STS_ENOENT: no usable record: the domain has no MTA-STS policy. Why is told
 * in diags (may be NULL): an error each for a malformed record or too many,
 * a warning where we are milder than the grammar.
 */
enum sts_err sts_record_parse(
    const struct sts_txt *txt, char id[STS_ID_SIZE], struct sts_diags *diags);

#endif
