/* SPDX-License-Identifier: ISC */
#ifndef TXT_CASE_H
#define TXT_CASE_H

#include <stdio.h>
#include <string.h>

#include "sts/record.h"

#define TXT_CASE_RRS 4

/* RRs up to the first NULL; what they give, and the finding they must give. */
struct txt_case {
	const char *id;
	const char *rr[TXT_CASE_RRS];
	const char *want; /* NULL: none */
	const char *rule; /* NULL: no finding at all */
};

static inline struct sts_txt
txt_case_set(const struct txt_case *row, struct sts_str rr[TXT_CASE_RRS])
{
	size_t n;

	for (n = 0; n < TXT_CASE_RRS && row->rr[n] != NULL; n++)
		rr[n] = sts_str(row->rr[n]);
	return (struct sts_txt){rr, n};
}

/* Compare with what the row wants; got is NULL for none. */
static inline int
txt_case_differs(
    const struct txt_case *row, const char *got, const struct sts_diags *diags)
{
	const char *rule = diags->n > 0 ? diags->list[0].rule : NULL;
	int same_value = (got == NULL) == (row->want == NULL) &&
			 (got == NULL || strcmp(got, row->want) == 0);
	int same_rule = (rule == NULL) == (row->rule == NULL) &&
			(rule == NULL || strcmp(rule, row->rule) == 0);

	if (same_value && same_rule)
		return 0;
	printf("%s: \"%s\" gives %s, finding %s\n", row->id,
	    row->rr[0] ? row->rr[0] : "", got ? got : "none",
	    rule ? rule : "none");
	return 1;
}

#endif
