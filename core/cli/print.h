/* SPDX-License-Identifier: ISC */
#ifndef STS_PRINT_H
#define STS_PRINT_H

#include <jansson.h>

#include "sts/findings.h"
#include "sts/str.h"

/*
 * Write the object as one line and give it back to jansson; NULL stands for
 * memory that ran out. Returns code, or STS_EXIT_TEMP where it cannot.
 */
int sts_print_json(json_t *object, int code);

/* Write text to standard output; what is not printable ASCII as \xHH. */
void sts_print_text(struct sts_str text);

/*
 * Write a JSON value for people: "key: value" lines, indented by depth; times
 * of the service as such.
 */
void sts_print_value(const char *key, const json_t *value, int depth);

/* "2026-01-31 12:00:00 UTC" of seconds since 1970; buf has 32 octets. */
const char *sts_print_time(long long seconds, char *buf);

/* Tell on standard error; always STS_EXIT_TEMP. what may be remote. */
int sts_print_trouble(const char *where, const char *what);

/* Tell what is wrong with a configuration. */
void sts_print_config(const char *path, const struct sts_findings *findings);

#endif
