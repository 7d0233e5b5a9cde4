/* SPDX-License-Identifier: ISC */
#include "config_redis_keys.h"

bool
sts_config_redis_url(const char *text, const char **why)
{
	(void)text;
	*why = "this build has no Redis (STS_REDIS)";
	return false;
}

void
sts_config_redis_keys(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings)
{
	(void)cfg;
	(void)config;
	(void)findings;
}

enum sts_err
sts_config_redis_files(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings)
{
	(void)cfg;
	(void)config;
	(void)findings;
	return STS_OK;
}
