/* SPDX-License-Identifier: ISC */
#ifndef STS_POLICY_H
#define STS_POLICY_H

#include <stdint.h>

#include "sts/diag.h"
#include "sts/err.h"
#include "sts/str.h"

#define STS_POLICY_TEXT_MAX 65536    /* octets; RFC 8461 section 3.3 */
#define STS_MAX_AGE_MAX     31557600 /* seconds; RFC 8461 section 3.2 */
#define STS_MAX_AGE_FEW     604800   /* less is not the weeks it expects */

enum sts_mode { STS_MODE_NONE, STS_MODE_TESTING, STS_MODE_ENFORCE };

/* A policy, immutable, in one block of memory. */
struct sts_policy {
	enum sts_mode mode;
	uint32_t max_age; /* seconds, already clamped */
	size_t n_mx;
	const char *const *mx; /* lower case, no duplicates, "*." may lead */
	struct sts_str text;   /* as received, to the octet */
};

/*
 * Read a policy body (RFC 8461 section 3.2, POL-1 to POL-9). A malformed line
 * is passed over with a warning in diags (may be NULL); the required fields
 * must then be there. On STS_OK *out is the caller's, for sts_policy_free().
 * STS_ESYNTAX: not a valid policy, diags has the errors; STS_ENOMEM.
 */
enum sts_err sts_policy_parse(
    struct sts_str text, struct sts_policy **out, struct sts_diags *diags);

void sts_policy_free(struct sts_policy *policy); /* NULL is fine */

/*
 * Cut the next line off a text: up to LF or CRLF, or what is left. False: the
 * text is at its end.
 */
bool sts_policy_next_line(struct sts_str *text, struct sts_str *line);

const char *sts_mode_name(enum sts_mode mode); /* "enforce" */
/* STS_ESYNTAX: none of the three names. */
enum sts_err sts_mode_parse(struct sts_str name, enum sts_mode *mode);

#endif
