/* SPDX-License-Identifier: ISC */
#ifndef STS_RRSET_H
#define STS_RRSET_H

#include "sts/record.h"

/* A TXT RRset that was read; free with sts_rrset_free(). */
struct sts_rrset {
	struct sts_txt txt;
	void *block;
};

/*
 * Read [["string", ...], ...] from a file; the strings of an RR are joined
 * without spaces (TXT-6). Returns an exit code; but for STS_EXIT_YES, why has
 * been told on standard error.
 */
int sts_rrset_read(const char *path, struct sts_rrset *out);
void sts_rrset_free(struct sts_rrset *set);

#endif
