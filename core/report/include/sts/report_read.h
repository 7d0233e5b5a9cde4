/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_READ_H
#define STS_REPORT_READ_H

#include <stdint.h>

#include "sts/diag.h"
#include "sts/err.h"
#include "sts/str.h"

/*
 * A report that others sent. All of it is hostile. Notes on what is odd, and
 * what stops us, go to diags (may be NULL), with the section of the RFC.
 */

/* Octets: 10 MB, which many receivers take (RFC 8460 section 5.2), in base64,
 * and what it may unpack to. */
#define STS_READ_FILE_MAX ((size_t)16 << 20)
#define STS_READ_JSON_MAX ((size_t)20 << 20)
/* Braces, brackets and commas in it: what jansson needs memory for. */
#define STS_READ_MARKS_MAX 500000
/* Sessions: what JSON carries to everyone (RFC 7493 section 2.2). */
#define STS_READ_COUNT_MAX ((INT64_C(1) << 53) - 1)

/* Texts are UTF-8 of any characters, NUL too; empty: not told. */
struct sts_read_detail {
	struct sts_str result; /* mostly a name of enum sts_result_type */
	struct sts_str mx, helo, sending_ip, receiving_ip;
	struct sts_str reason;      /* failure-reason-code */
	struct sts_str information; /* additional-information */
	uint64_t sessions;
};

struct sts_read_policy {
	struct sts_str type, domain;
	struct sts_policy *parsed; /* NULL: not sts, or not a valid policy */
	struct sts_str *line;      /* policy-string */
	size_t n_line;
	struct sts_str *pattern; /* of parsed, else mx-host */
	size_t n_pattern;
	uint64_t successful, failed;    /* sessions */
	struct sts_read_detail *detail; /* most sessions first */
	size_t n_detail;
};

struct sts_read {
	struct sts_str organization, contact, id;
	struct sts_str start, end; /* of the date-range */
	struct sts_read_policy *policy;
	size_t n_policy;
	uint64_t successful, failed; /* of all policies */
	bool failures;               /* some are told: in sums or details */
	/* As it came, but with arrays and numbers where they belong. */
	struct json_t *json;
};

/*
 * Find the JSON in a file: itself, gzip of it, or a mail that holds either
 * (RFC 8460 section 5.3). Malloc'd, for the caller to free. STS_ENOENT: a mail
 * with no report in it; STS_ESYNTAX: none of these, or broken; STS_ELIMIT: too
 * large; STS_ENOMEM.
 */
enum sts_err sts_report_open(
    struct sts_str file, char **json, size_t *size, struct sts_diags *diags);

/* Read the JSON of section 4.4. *out is for sts_report_read_free().
 * STS_ESYNTAX: not JSON; STS_EINVAL: not of that form; STS_ELIMIT: too large
 * or too many; STS_ENOMEM. */
enum sts_err sts_report_read(
    struct sts_str json, struct sts_read **out, struct sts_diags *diags);
void sts_report_read_free(struct sts_read *report); /* NULL is fine */

#endif
