/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_DKIM_IMPL_H
#define STS_REPORT_DKIM_IMPL_H

#include <stdio.h>

#include "sts/dkim.h"

/* dkim_tags.c: "name = value; ..." (RFC 6376 section 3.2) */
/* The value, all that stands behind '='; p is NULL: no such tag. */
struct sts_str sts_dkim_tag(struct sts_str list, const char *name);
/* Is one there twice, which makes none of it valid? */
bool sts_dkim_twice(struct sts_str list);
/* Without white space around it. */
struct sts_str sts_dkim_trim(struct sts_str text);
/* The next of a list with colons, trimmed; false: there is none. */
bool sts_dkim_next(struct sts_str *list, struct sts_str *item);

/* dkim_mail.c */
/* The head, without an mbox' line, and the body. */
void
sts_dkim_split(struct sts_str mail, struct sts_str *head, struct sts_str *body);
/* The next field with its folds, its last line end left out. */
bool sts_dkim_next_field(struct sts_str *head, struct sts_str *field);
bool sts_dkim_named(struct sts_str field, struct sts_str name);
/* What is behind the colon. */
struct sts_str sts_dkim_value(struct sts_str field);

/* dkim_canon.c: as it is hashed (section 3.4) */
void sts_dkim_write_field(struct sts_str field, bool simple, FILE *out);
void sts_dkim_write_body(struct sts_str body, bool simple, FILE *out);

#endif
