/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_REDIS_KEYS_H
#define STS_CONFIG_REDIS_KEYS_H

#include <confuse.h>

#include "sts/config.h"

/* Is it a URL that this build can use? Else *why, static. */
bool sts_config_redis_url(const char *text, const char **why);

/* What the keys say together; what is wrong is a finding. */
void sts_config_redis_keys(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings);

/* Look at the files that they name. STS_ETEMP: one could not be read, and is a
 * finding, too. */
enum sts_err sts_config_redis_files(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings);

#endif
