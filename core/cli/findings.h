/* SPDX-License-Identifier: ISC */
#ifndef STS_LINT_FINDINGS_H
#define STS_LINT_FINDINGS_H

#include <jansson.h>

#include "sts/diag.h"

/* Put what there is of "errors" and "warnings" into an object. */
int sts_findings_json(json_t *object, const struct sts_diags *diags);
/* file:line: warning: message (rule, RFC section) */
void sts_findings_print(const char *path, const struct sts_diags *diags);

#endif
