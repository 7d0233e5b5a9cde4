/* SPDX-License-Identifier: ISC */
#ifndef SERVICE_RECORD_WORLD_H
#define SERVICE_RECORD_WORLD_H

#include "world.h"

extern uid_t record_uid; /* who is at the other end */

/* What is counted of the domain today. */
void record_counted(struct world *world, const char *domain, const char *want);
/* Say it; the answer is "ok". */
void record_tell(struct world *world, int fd, const char *line);

#endif
