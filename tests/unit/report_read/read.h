/* SPDX-License-Identifier: ISC */
#ifndef REPORT_READ_READ_H
#define REPORT_READ_READ_H

#include "results.h"
#include "sts/report_read.h"

/* A report with one policy; the parts that tests change are given. */
#define REPORT_OF(policies)                                             \
	"{\"organization-name\":\"Sender Ltd\",\"date-range\":{"        \
	"\"start-datetime\":\"2026-01-31T00:00:00Z\","                  \
	"\"end-datetime\":\"2026-01-31T23:59:59Z\"},"                   \
	"\"contact-info\":\"tls@sender.example\",\"report-id\":\"r1\"," \
	"\"policies\":" policies "}"
#define NO_POLICY                               \
	"{\"policy-type\":\"no-policy-found\"," \
	"\"policy-domain\":\"a.example\"}"
#define SUMMARY(good, bad)                          \
	"{\"total-successful-session-count\":" good \
	",\"total-failure-session-count\":" bad "}"
#define PLAIN      \
	REPORT_OF( \
	    "[{\"policy\":" NO_POLICY ",\"summary\":" SUMMARY("5", "0") "}]")

/* A policy with 1 success and 2 failures, and these details. */
#define DETAIL(more)                                                 \
	REPORT_OF("[{\"policy\":" NO_POLICY ",\"summary\":" SUMMARY( \
	    "1", "2") ",\"failure-details\":[" more "]}]")
#define EXPIRED(count)                              \
	"{\"result-type\":\"certificate-expired\"," \
	"\"failed-session-count\":" count "}"

#define FORM "RFC 8460 section 4.4"

/* What came of the last reading. */
extern struct sts_diags diags;

/* Read; for sts_report_read_free(). Must be fine, with so many notes. */
struct sts_read *must_read(const char *json, size_t notes);
/* Must fail so, with one error that has rule, section and words. */
void must_not_read(const char *json, enum sts_err err, const char *rule,
    const char *section, const char *words);
/* The same of opening a file. */
void must_not_open(struct sts_str file, enum sts_err err, const char *rule,
    const char *section, const char *words);
/* Opened, NUL-terminated, for the caller to free; with so many notes. */
char *must_open(struct sts_str file, size_t notes);
/* A note of that rule, section and text. */
void must_note(const char *rule, const char *section, const char *text);
void must_be(struct sts_str text, const char *want);

#endif
