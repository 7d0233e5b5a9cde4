/* SPDX-License-Identifier: ISC */
#ifndef STS_CLI_CHECK_H
#define STS_CLI_CHECK_H

#include "cli.h"
#include "sts/check.h"

struct sts_check_world;

/* check_world.c: what looks, out of the configuration; an exit code, where
 * not STS_EXIT_YES why has been told. */
int
sts_check_world_new(const struct sts_cli *cli, struct sts_check_world **out);
void sts_check_world_free(struct sts_check_world *world);
struct sts_checker *sts_check_world_checker(struct sts_check_world *world);
/* Until sts_check_world_stop(). */
void sts_check_world_run(struct sts_check_world *world);
void sts_check_world_stop(struct sts_check_world *world);

/* check_print.c: for people; brief is a line where all is well, else what is
 * not. */
void sts_check_print(const struct sts_check_result *result, bool brief);
/* check_json.c: a line; an exit code. */
int sts_check_json(const struct sts_check_result *result);
/* What one domain comes to: STS_EXIT_YES, _NO or _TEMP. */
int sts_check_code(const struct sts_check_result *result);
const char *sts_check_verdict(int code); /* "sound" */

#endif
