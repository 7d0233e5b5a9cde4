/* SPDX-License-Identifier: ISC */
#ifndef STS_CONFIG_PARSE_H
#define STS_CONFIG_PARSE_H

#include <confuse.h>

#include "sts/config.h"
#include "sts/policy.h"

#define STS_UNKNOWN_ROOM 32 /* unknown keys that are told apart */

/* One value as it stood in the file; libConfuse owns it. */
struct sts_entry {
	unsigned line;
	char text[];
};

/* Keys that libConfuse is to let pass, as they are findings already. */
struct sts_unknown {
	char *v[STS_UNKNOWN_ROOM];
	size_t n;
};

void sts_config_find(struct sts_findings *findings, unsigned line,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Append a key whose values are kept as struct sts_entry. */
void sts_config_opt(cfg_opt_t *opts, size_t *n, const char *name, bool list);
void sts_config_unknown_opts(
    cfg_opt_t *opts, size_t *n, const struct sts_unknown *unknown);

#define STS_SECTION_OPTS (4 + STS_UNKNOWN_ROOM)

/* Append the titled sections "override", with keys as their own list. */
void sts_config_section(cfg_opt_t *opts, size_t *n,
    cfg_opt_t keys[STS_SECTION_OPTS], const struct sts_unknown *unknown);
/* Where libConfuse found a fault: the last section, or the whole file. */
cfg_t *sts_config_faulty(cfg_t *cfg);
/* Its words for a title that was there already: then that is a finding. */
bool sts_config_twice(cfg_t *cfg, struct sts_findings *findings);

/*
 * The sections into config->overrides. What is wrong with them is a finding,
 * and no error; STS_ENOMEM.
 */
enum sts_err sts_config_overrides(cfg_t *cfg, const char *path,
    struct sts_config *config, struct sts_findings *findings);

/*
 * Read a policy from a file into *out, for sts_policy_free(). STS_ESYNTAX:
 * what is wrong is told, at this line of the configuration; STS_ENOMEM.
 */
enum sts_err sts_config_policy(const char *path, unsigned line,
    struct sts_policy **out, struct sts_findings *findings);

#endif
