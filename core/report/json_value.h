/* SPDX-License-Identifier: ISC */
#ifndef STS_REPORT_JSON_VALUE_H
#define STS_REPORT_JSON_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "sts/str.h"
#include "sts/tally.h"

/* Any octets as a string; NULL: no memory, as of all that makes a value. */
json_t *sts_json_text(struct sts_str in);
/* The value is taken over. False: no memory, as the value was NULL, too. */
bool sts_json_put(json_t *object, const char *key, json_t *value);
bool sts_json_put_text(json_t *object, const char *key, const char *value);
/* What is not known is left out. */
bool sts_json_put_known(json_t *object, const char *key, const char *value);
/*
 * A policy's domain, and its text. DANE's domain is the host's (RPT-14), which
 * is the first line of what is kept.
 */
struct sts_str sts_json_policy_domain(const char *domain,
    const struct sts_tally_policy *policy, struct sts_str *text);
/* Each line as it was served, errors and all (RFC 8460 section 4.4). */
json_t *sts_json_lines(struct sts_str all);
/* A policy's patterns; of what is no policy, none is known. */
json_t *sts_json_mx_hosts(struct sts_str all);

#endif
