/* SPDX-License-Identifier: ISC */
#include "shared.h"

/* A build without Redis; its configuration names none. */

enum sts_err
sts_daemon_shared(struct sts_daemon *daemon)
{
	(void)daemon;
	return STS_OK;
}

enum sts_err
sts_daemon_shared_reload(
    struct sts_daemon *daemon, const struct sts_config *config)
{
	(void)daemon;
	(void)config;
	return STS_OK;
}

void
sts_daemon_shared_use(struct sts_daemon *daemon, struct sts_addresses addresses)
{
	(void)daemon;
	(void)addresses;
}

void
sts_daemon_shared_close(struct sts_daemon *daemon)
{
	(void)daemon;
}
