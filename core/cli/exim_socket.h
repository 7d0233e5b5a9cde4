/* SPDX-License-Identifier: ISC */
#ifndef STS_EXIM_SOCKET_H
#define STS_EXIM_SOCKET_H

#include "sts/str.h"

/*
 * Ask ping at a socket as the user that Exim delivers as (where we are root;
 * else as ourselves). NULL: the service answers. Else why not, in words.
 */
const char *sts_exim_ping(const char *path, const char *user);

#endif
