/* SPDX-License-Identifier: ISC */
#ifndef REPORTER_WORLD_MAIL_H
#define REPORTER_WORLD_MAIL_H

#include <stdint.h>

#include "sts/str.h"

/* How many sessions the report in a mail tells of. */
uint64_t world_mail_sessions(struct sts_str message);

#endif
