/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_MIME_HEAD_H
#define STS_REPORT_MIME_HEAD_H

#include "sts/str.h"

/* Fields of a mail or a part (RFC 5322, RFC 2045); all are slices of it. */

/* Is there a field at the front? */
bool sts_mime_begins(struct sts_str text);
/* Cut at the first empty line; without one all of it is head. */
void
sts_mime_split(struct sts_str text, struct sts_str *head, struct sts_str *body);
/* The first field of that name, line ends of its folds and all; empty: none. */
struct sts_str sts_mime_field(struct sts_str head, const char *name);
/* What stands in front of the parameters: "text/plain". */
struct sts_str sts_mime_value(struct sts_str field);
/* A parameter, without its quotes; what they escape stays so. Empty: none. */
struct sts_str sts_mime_param(struct sts_str field, const char *name);

#endif
