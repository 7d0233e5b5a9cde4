/* SPDX-License-Identifier: ISC */
#ifndef CACHE_POKE_H
#define CACHE_POKE_H

#include "fixture.h"

/* The file by LMDB itself, behind the back of a store that is closed. */

/* Put a row as it is. */
void
poke(struct fixture *f, const char *table, const char *key, const char *value);
/* One bit of the last octet of the policy's row. */
void flip(struct fixture *f, const char *key);
/* How many rows? */
size_t rows(struct fixture *f, const char *table);

/* Its octets. */
char *slurp(const char *path, size_t *n);
void spill(const char *path, const void *data, size_t n);
/* How many names in dir begin so. */
unsigned names(struct fixture *f, const char *prefix);

#endif
