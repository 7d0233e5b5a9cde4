/* SPDX-License-Identifier: ISC */
#ifndef STS_FINDINGS_H
#define STS_FINDINGS_H

#include <stddef.h>

#define STS_FINDINGS_MAX 32
#define STS_FINDING_TEXT 256

/* What is wrong with a file, by line; those past the bound are counted. */
struct sts_findings {
	struct {
		unsigned line;               /* 0: the whole file */
		char text[STS_FINDING_TEXT]; /* key, what is wrong, what may be;
					      * printable ASCII */
	} list[STS_FINDINGS_MAX];
	size_t n;
	size_t dropped;
};

#endif
