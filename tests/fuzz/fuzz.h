/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sts/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that no build type takes away. */
#define MUST(what)                                                       \
	do {                                                             \
		if (!(what)) {                                           \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
			    __LINE__, #what);                            \
			abort();                                         \
		}                                                        \
	} while (0)

static inline struct sts_str
fuzz_str(const uint8_t *data, size_t size)
{
	return (struct sts_str){(const char *)data, size};
}

#endif
