/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_READ_POLICY_H
#define STS_REPORT_READ_POLICY_H

#include <jansson.h>

#include "sts/report_read.h"

/* One of "policies". out is all zero before, and to be cleared even if this
 * fails; it lives no longer than value. */
enum sts_err sts_read_policy(
    json_t *value, struct sts_read_policy *out, struct sts_diags *diags);
void sts_read_policy_clear(struct sts_read_policy *policy);
/* *sum grows by n, but not beyond what JSON carries: STS_ELIMIT, told. */
enum sts_err sts_read_add(uint64_t *sum, uint64_t n, struct sts_diags *diags);

#endif
