/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_REPORTER_DEST_H
#define STS_REPORT_REPORTER_DEST_H

#include "sts/tlsrpt.h"

#define STS_REP_DESTS 4 /* of a report, at most (RPT-1) */

struct sts_rep_dest {
	bool mail;
	char to[STS_RUA_TEXT_MAX + 1]; /* an address, or the URL */
};

struct sts_rep_dests {
	struct sts_rep_dest dest[STS_REP_DESTS];
	size_t n;
};

/* The first ones that differ, of those that can be used. */
void sts_rep_dests(const struct sts_tlsrpt *record, struct sts_rep_dests *out);

#endif
