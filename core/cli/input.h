/* SPDX-License-Identifier: ISC */
#ifndef STS_INPUT_H
#define STS_INPUT_H

#include <stdio.h>

#include "sts/str.h"

/*
 * Read a file ("-": standard input) to its end, octets as they are. What is
 * above max is cut off to max + 1, so that its length tells. Returns 0 and
 * text, whose p is for free(); or -1 with errno set.
 */
int sts_input_file(const char *path, size_t max, struct sts_str *text);
/* The same of an open stream. */
int sts_input_stream(FILE *stream, size_t max, struct sts_str *text);

#endif
