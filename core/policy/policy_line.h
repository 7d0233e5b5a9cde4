/* SPDX-License-Identifier: ISC */
#ifndef STS_POLICY_LINE_H
#define STS_POLICY_LINE_H

#include "sts/policy.h"

enum sts_field {
	STS_FIELD_NONE, /* not a field: why is told */
	STS_FIELD_VERSION,
	STS_FIELD_MODE,
	STS_FIELD_MAX_AGE,
	STS_FIELD_MX,
	STS_FIELD_EXTENSION
};

/* One line of a policy, read. Slices point into the line. */
struct sts_policy_line {
	enum sts_field field;
	struct sts_str value; /* without space around it */
	bool indented;        /* there was space before it (POL-6) */
	/*
	 * The field of this name has no such value; for the fields that may
	 * stand once, this is a fault only in the first (POL-3).
	 */
	bool bad_value;
	const char *rule; /* NONE and bad_value: static words */
	const char *why;
	enum sts_mode mode; /* MODE */
	uint32_t max_age;   /* MAX_AGE; clamped */
	bool clamped;
};

/* Read a line without its end (RFC 8461 section 3.2). */
void sts_policy_line_read(struct sts_str text, struct sts_policy_line *line);

#endif
