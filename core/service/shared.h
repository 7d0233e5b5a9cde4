/* SPDX-License-Identifier: ISC */
#ifndef STS_SERVICE_SHARED_H
#define STS_SERVICE_SHARED_H

#include "daemon.h"

/* What is shared by Redis; not STS_OK: logged. */
enum sts_err sts_daemon_shared(struct sts_daemon *daemon);
/* The files of secrets, read anew. */
enum sts_err sts_daemon_shared_reload(
    struct sts_daemon *daemon, const struct sts_config *config);
void sts_daemon_shared_use(
    struct sts_daemon *daemon, struct sts_addresses addresses);
void sts_daemon_shared_close(struct sts_daemon *daemon);

#endif
