/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_RUN_H
#define STS_EXIM_RUN_H

#include <stdint.h>
#include <sys/types.h>

#include "sts/str.h"

#define STS_EXIM_DEADLINE 10000 /* ms: it reads a file, or a module */
#define STS_EXIM_ROUTING  60000 /* ms: it asks DNS */

/* What a run of Exim came to. */
struct sts_exim_output {
	struct sts_str text;  /* standard output; p is for free() */
	struct sts_str words; /* standard error; p is for free() */
	int status;           /* what it exited with; -1: by a signal */
};

/*
 * Run argv[0] with no input and an empty environment, as Exim's own deliveries
 * have it, and take what it prints. Returns 0 when it ended by itself, else an
 * errno: ETIMEDOUT after deadline_ms (it is killed then), EFBIG for more output
 * than anybody's configuration; and there is no output to be freed.
 */
int sts_exim_run(
    const char *const argv[], int64_t deadline_ms, struct sts_exim_output *out);
/* That errno in words. */
const char *sts_exim_trouble(int error);
void sts_exim_output_free(struct sts_exim_output *out);

#endif
