/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_READ_VALUE_H
#define STS_REPORT_READ_VALUE_H

#include <jansson.h>
#include <stdint.h>

#include "sts/diag.h"
#include "sts/err.h"
#include "sts/str.h"

/* Values of a report as others write them: notes on what is odd. */

#define STS_READ_FORM "RFC 8460 section 4.4"

/* An error told: rule, section, format. Is err. */
#define STS_READ_FAIL(err, ...) \
	(sts_diag_add(diags, STS_ERROR, 0, __VA_ARGS__), (err))

/* A warning, told once however often it is so. */
void
sts_read_note(struct sts_diags *diags, const char *rule, const char *section,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A string, of the object; empty if there is none. wanted: note that. */
struct sts_str sts_read_text(const json_t *object, const char *key, bool wanted,
    struct sts_diags *diags);
/* The object under key; NULL, and noted, if there is none. */
json_t *
sts_read_object(const json_t *object, const char *key, struct sts_diags *diags);
/* An array. One value alone is put into one, in the object as well; of what is
 * not there *out is NULL, which jansson takes for empty. STS_ENOMEM. */
enum sts_err sts_read_list(
    json_t *object, const char *key, json_t **out, struct sts_diags *diags);
/* The strings of an array. Malloc'd, for the caller to free. STS_ENOMEM. */
enum sts_err sts_read_texts(json_t *list, const char *key, struct sts_str **out,
    size_t *n, struct sts_diags *diags);
/* A number of sessions; one that is no integer becomes one, in the object as
 * well. STS_ENOENT, noted: there is none. STS_EINVAL, STS_ELIMIT: told. */
enum sts_err sts_read_count(
    json_t *object, const char *key, uint64_t *out, struct sts_diags *diags);
/* Note what is not in a list of keys that ends with NULL. */
void sts_read_keys(json_t *object, const char *what, const char *const *known,
    struct sts_diags *diags);

#endif
