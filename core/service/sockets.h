/* SPDX-License-Identifier: ISC */
#ifndef STS_SOCKETS_H
#define STS_SOCKETS_H

#include <sys/types.h>
#include <time.h>

#include "sts/config.h"

enum { STS_QUERY, STS_ADMIN, STS_SOCKETS };

/* The listening sockets, handed over by the init system or our own. */
struct sts_sockets {
	int fd[STS_SOCKETS];     /* -1: not there, or given away */
	char *path[STS_SOCKETS]; /* bound by us; NULL: not ours */
	dev_t dev[STS_SOCKETS];
	ino_t ino[STS_SOCKETS];
	struct timespec made[STS_SOCKETS]; /* inodes are used again */
};

/*
 * Take what LISTEN_FDS names and bind the rest. Modes and group hold before
 * the first client can connect; a stale socket goes only if nobody answers
 * on it. Not STS_OK: logged, and nothing is left open or behind.
 */
enum sts_err sts_sockets_open(const struct sts_config *config,
    const struct sts_log *log, struct sts_sockets *out);
/* Close what was not given away, remove what we bound if it is still ours. */
void sts_sockets_close(struct sts_sockets *sockets);

/* Make a folder and those above it; one that was made gets owner and group. */
enum sts_err sts_folder_make(const char *path, uid_t uid, gid_t gid);

#endif
