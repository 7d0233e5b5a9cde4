/* SPDX-License-Identifier: ISC */
#ifndef STS_TXT_H
#define STS_TXT_H

#include "sts/diag.h"
#include "sts/record.h"

/* What tells the records of the two RFCs apart. */
struct sts_txt_kind {
	const char *version; /* "v=STSv1" */
	const char *section; /* "RFC 8461 section 3.1" */
};

/* The record that was chosen: what follows its version. */
struct sts_txt_body {
	const char *p;
	const char *end;
	unsigned line; /* number of the RR, from 1 */
};

/* Read one field, return where it ends, or NULL if it is malformed. */
typedef const char *
sts_txt_field_fn(void *arg, const char *p, const char *end, unsigned line);

/*
 * Choose the one record among the RRs (TXT-5): those that begin with version
 * and ';' count; only where there is none of these, those with WSP before the
 * ';', which the grammar has and the prose of the RFC discards (EID 6285).
 * STS_ENOENT: not exactly one; diags has an error.
 */
enum sts_err
sts_txt_choose(const struct sts_txt *txt, const struct sts_txt_kind *kind,
    struct sts_txt_body *out, struct sts_diags *diags);

/*
 * Give every field of 1*(field-delim field) [field-delim] to fn. WSP at the
 * end without ';' is let pass with a warning. STS_ENOENT: malformed; diags has
 * an error.
 */
enum sts_err
sts_txt_fields(const struct sts_txt_body *body, const struct sts_txt_kind *kind,
    sts_txt_field_fn *fn, void *arg, struct sts_diags *diags);

/* name "=" value of an extension; returns its end, or NULL. */
const char *sts_txt_skip_extension(const char *p, const char *end);

#endif
