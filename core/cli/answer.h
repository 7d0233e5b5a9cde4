/* SPDX-License-Identifier: ISC */
#ifndef STS_ANSWER_H
#define STS_ANSWER_H

#include <jansson.h>

/* Copy the nth word (from 0) of a line; "" when there is none or no room. */
void sts_answer_word(const char *line, unsigned n, char *out, size_t size);

/*
 * An answer line as an object: "kind", then "domain" ("code" of an error),
 * then its values under their keys, lists as arrays. NULL: out of memory.
 */
json_t *sts_answer_json(const char *line);

/* The same for people. NULL is told as what it is. */
void sts_answer_print(const json_t *object);
/* "off, by override at FILE:LINE" and what the domain itself says, if known;
 * nothing where there is no override. */
void sts_answer_print_override(const json_t *object);

#endif
