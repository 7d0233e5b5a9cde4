/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_USER_H
#define STS_EXIM_USER_H

#include "sts/str.h"

/* What the user may do that Exim delivers as (where we are root; else we). */

/* Ask ping at a socket. NULL: the service answers. Else why not, in words. */
const char *sts_exim_ping(const char *path, const char *user);
/* May it read the file? 0, or an errno. */
int sts_exim_look(const char *path, const char *user);

#endif
