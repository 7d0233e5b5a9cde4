/* SPDX-License-Identifier: ISC */
#ifndef VECTORS_H
#define VECTORS_H

#include <jansson.h>

#include "rig.h"

const char *vector_text(json_t *vector, const char *key);
bool vector_accepts(json_t *vector);
/* 200 and the policy that the server sent. */
void assert_policy(const struct result *result);

/* The transfers; each gets its case of tests/vectors/fetch.json. */
void vector_body(json_t *vector);
void vector_length(json_t *vector);
void vector_chunked(json_t *vector);
void vector_bomb(json_t *vector);
void vector_hang(json_t *vector);
void vector_drip(json_t *vector);
void vector_caching(json_t *vector);
void vector_interim(json_t *vector);
void vector_cookie(json_t *vector);
void vector_proxies(json_t *vector);
void vector_guarded(json_t *vector);

#endif
