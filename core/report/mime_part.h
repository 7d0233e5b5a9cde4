/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_MIME_PART_H
#define STS_REPORT_MIME_PART_H

#include "sts/err.h"
#include "sts/str.h"

#define STS_MIME_DEPTH 8 /* multiparts and mails in one another */

/* A part that holds no others; slices of the mail. */
struct sts_mime_part {
	struct sts_str type, encoding, body;
};

/* True: that is the one, look no further. */
typedef bool sts_mime_fn(void *arg, const struct sts_mime_part *part);

/* Each part, in order, until one is the one; then true. */
bool sts_mime_each(struct sts_str mail, sts_mime_fn *fn, void *arg);
/* What the part holds. Malloc'd, for the caller to free. STS_EINVAL: no such
 * transfer encoding; STS_ENOMEM. */
enum sts_err
sts_mime_decode(const struct sts_mime_part *part, char **out, size_t *size);

#endif
