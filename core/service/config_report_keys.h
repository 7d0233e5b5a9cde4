/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_REPORT_KEYS_H
#define STS_CONFIG_REPORT_KEYS_H

#include <confuse.h>

#include "sts/config.h"

/* What the keys say together; what is wrong is a finding. */
void sts_config_report_keys(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings);

#endif
