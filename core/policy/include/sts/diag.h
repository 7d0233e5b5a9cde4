/* SPDX-License-Identifier: ISC */
#ifndef STS_DIAG_H
#define STS_DIAG_H

#include <stddef.h>

#define STS_DIAGS_MAX 32
#define STS_DIAG_TEXT 128

enum sts_severity { STS_WARNING, STS_ERROR };

/* One finding about a text: where, which rule, which RFC section. */
struct sts_diag {
	enum sts_severity severity;
	unsigned line;            /* from 1; 0: the whole text */
	const char *rule;         /* static, such as "max_age-clamped" */
	const char *section;      /* static, such as "RFC 8461 section 3.2" */
	char text[STS_DIAG_TEXT]; /* for people; remote text is escaped */
};

/* The first findings of a text, in order; those past the bound are counted. */
struct sts_diags {
	struct sts_diag list[STS_DIAGS_MAX];
	size_t n;
	size_t dropped;
};

/* Append a finding; diags may be NULL. The format is printf's. */
void sts_diag_add(struct sts_diags *diags, enum sts_severity severity,
    unsigned line, const char *rule, const char *section, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* The first error, or NULL. */
const struct sts_diag *sts_diag_error(const struct sts_diags *diags);

#endif
