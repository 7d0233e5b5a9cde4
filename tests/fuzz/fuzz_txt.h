/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_TXT_H
#define FUZZ_TXT_H

#include "fuzz.h"
#include "sts/record.h"

#define FUZZ_RRS 8

/* Lines are RRs; the last takes what is left. */
static inline struct sts_txt
fuzz_txt(struct sts_str text, struct sts_str rr[FUZZ_RRS])
{
	struct sts_txt txt = {rr, 0};
	const char *lf = NULL;

	while (txt.n < FUZZ_RRS) {
		if (text.n > 0 && txt.n + 1 < FUZZ_RRS)
			lf = memchr(text.p, '\n', text.n);
		rr[txt.n++] = text;
		if (lf == NULL)
			break;
		rr[txt.n - 1].n = (size_t)(lf - text.p);
		text.n -= (size_t)(lf - text.p) + 1;
		text.p = lf + 1;
		lf = NULL;
	}
	return txt;
}

/* What an answer must say of itself: none has an error, a good one has not. */
static inline void
fuzz_diags(enum sts_err err, const struct sts_diags *diags)
{
	size_t i, j;

	MUST(err == STS_OK || err == STS_ENOENT);
	MUST((sts_diag_error(diags) == NULL) == (err == STS_OK));
	for (i = 0; i < diags->n; i++)
		for (j = 0; diags->list[i].text[j] != '\0'; j++)
			MUST(diags->list[i].text[j] >= ' ' &&
			     diags->list[i].text[j] <= '~');
}

#endif
