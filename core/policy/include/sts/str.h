/* SPDX-License-Identifier: ISC */
#ifndef STS_STR_H
#define STS_STR_H

#include <stdbool.h>
#include <stddef.h>

/* A slice of somebody else's bytes: not NUL-terminated, may hold NUL. */
struct sts_str {
	const char *p;
	size_t n;
};

struct sts_str sts_str(const char *s);
bool sts_str_eq(struct sts_str a, const char *b);
/* ASCII case only; no locale. */
bool sts_str_caseeq(struct sts_str a, struct sts_str b);

/*
 * Write text for a log line, an answer or a terminal: printable ASCII but
 * backslash and double quote stays, every other octet becomes \xHH; cut at
 * size - 1 octets of output with "..." at the end. Always terminates.
 * Returns buf.
 */
const char *sts_str_escape(struct sts_str text, char *buf, size_t size);

#endif
