/* SPDX-License-Identifier: ISC */
#ifndef REPORT_RESULTS_H
#define REPORT_RESULTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "sts/tally.h"

#define POLICY                                \
	"version: STSv1\r\nmode: testing\r\n" \
	"mx: mx.a.example\r\nmax_age: 604800\r\n"
#define DAY 19675 /* 2023-11-14 */

/* Of domain a.example under POLICY: a success, or a failure at this MX. */
struct sts_tls_result success(void);
struct sts_tls_result failure(enum sts_result_type result, const char *mx);

void add(struct sts_tally *tally, const struct sts_tls_result *result);
void add_times(struct sts_tally *tally, const struct sts_tls_result *result,
    unsigned times);
/* In all policies, with what was dropped. */
uint64_t sessions(const struct sts_tally *tally);
/* The sums of details are those of the policies, and all is in order. */
void check_sums(const struct sts_tally *tally);
/* Encoded, for the caller to free, NUL-terminated. */
char *encoded(const struct sts_tally *tally);

#endif
