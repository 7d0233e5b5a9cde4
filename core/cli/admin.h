/* SPDX-License-Identifier: ISC */
#ifndef STS_ADMIN_H
#define STS_ADMIN_H

#include <jansson.h>

#include "ask.h"

/* Tell the answer to a question of the admin socket; the exit code. */
typedef int
sts_admin_tell_fn(const struct sts_cli *cli, const struct sts_ask *ask);

/* Ask one question, of the domain among the arguments if there is one, and
 * have the answer told. The exit code. */
int sts_admin_ask(const struct sts_cli *cli, enum sts_ask_for what,
    const char *verb, bool progress, sts_admin_tell_fn *tell);
/*
 * All policies held, page by page, as an array for the caller to give back;
 * NULL unless the exit code is STS_EXIT_YES.
 */
int sts_admin_list(const struct sts_cli *cli, json_t **out);
/* The JSON of an answer, for the caller to give back, or NULL. */
json_t *sts_admin_json(const struct sts_ask *ask);
/* An answer that makes no sense: always STS_EXIT_TEMP. */
int sts_admin_unexpected(const struct sts_ask *ask);

#endif
