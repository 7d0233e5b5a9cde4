/* SPDX-License-Identifier: ISC */
#ifndef STS_CLI_EXPLAIN_H
#define STS_CLI_EXPLAIN_H

#include <jansson.h>

/* The answer for people: a line a step, its notes, the sentence at the end. */
void sts_explain_print(const json_t *object);

#endif
