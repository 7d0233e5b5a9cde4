/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config_parse.h"
#include "override_set.h"
#include "sts/domain.h"

#define SECTION "override"
#define LINE    "{line}" /* no name that anybody would write */
#define SHOWN   80

/* A section's line is counted on while it is read, and its title has none: so
 * this key has a default, which is read first. */
static int
keep_line(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	uintptr_t line = (uintptr_t)cfg->line;

	(void)opt;
	(void)value;
	/* In the place of a pointer: one to memory could not be had, and then
	 * libConfuse aborts. */
	memcpy(result, &line, sizeof(void *));
	return 0;
}

static unsigned
line_of(cfg_t *section)
{
	return (unsigned)(uintptr_t)cfg_getptr(section, LINE);
}

void
sts_config_section(cfg_opt_t *opts, size_t *n, cfg_opt_t keys[STS_SECTION_OPTS],
    const struct sts_unknown *unknown)
{
	static char zero[] = "0";
	cfg_opt_t line = CFG_PTR_CB(LINE, NULL, CFGF_NONE, keep_line, NULL);
	cfg_opt_t section = CFG_SEC(
	    SECTION, NULL, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	size_t n_keys = 0;

	line.def.parsed = zero;
	keys[n_keys++] = line;
	sts_config_opt(keys, &n_keys, "mode", false);
	sts_config_opt(keys, &n_keys, "policy", false);
	sts_config_unknown_opts(keys, &n_keys, unknown);
	keys[n_keys] = (cfg_opt_t)CFG_END();
	section.subopts = keys;
	opts[(*n)++] = section;
}

cfg_t *
sts_config_faulty(cfg_t *cfg)
{
	unsigned n = cfg_size(cfg, SECTION);
	cfg_t *last = n > 0 ? cfg_getnsec(cfg, SECTION, n - 1) : NULL;

	return last != NULL && last->comment != NULL ? last : cfg;
}

static const char *
show(const char *text, char buf[SHOWN])
{
	return sts_str_escape(sts_str(text), buf, SHOWN);
}

static void
find_twice(struct sts_findings *findings, unsigned line, const char *title,
    unsigned first)
{
	char shown[SHOWN];

	sts_config_find(findings, line,
	    "override \"%s\": there is one already, in line %u",
	    show(title, shown), first);
}

bool
sts_config_twice(cfg_t *cfg, struct sts_findings *findings)
{
	static const char words[] = "found duplicate title '";
	const char *title = cfg->comment;
	cfg_t *first;
	char *copy;

	if (strncmp(title, words, strlen(words)) != 0)
		return false;
	copy = strdup(title + strlen(words));
	if (copy == NULL)
		return false;
	copy[strlen(copy) - 1] = '\0'; /* the quote */
	first = cfg_gettsec(cfg, SECTION, copy);
	if (first != NULL)
		find_twice(findings, (unsigned)cfg->line, copy, line_of(first));
	free(copy);
	return first != NULL;
}

/* What a title says: a name, or with a dot before it what is below it. */
static enum sts_err
parse_title(const char *title, char **out)
{
	bool below = title[0] == '.';
	char domain[STS_DOMAIN_SIZE];
	enum sts_err err = sts_domain_parse(sts_str(title + below), domain);

	if (err != STS_OK)
		return err;
	return asprintf(out, "%s%s", below ? "." : "", domain) < 0 ? STS_ENOMEM
								   : STS_OK;
}

static const struct sts_entry *
entry_of(cfg_t *section, const char *key)
{
	return cfg_size(section, key) > 0 ? cfg_getptr(section, key) : NULL;
}

/* One of the three words; false: that is a finding. */
static bool
parse_mode(cfg_t *section, const struct sts_entry *entry,
    enum sts_override_kind *kind, struct sts_findings *findings)
{
	char title[SHOWN], shown[SHOWN];
	int i;

	for (i = STS_OVERRIDE_OFF; i <= STS_OVERRIDE_ENFORCE; i++) {
		*kind = (enum sts_override_kind)i;
		if (strcmp(entry->text, sts_override_name(*kind)) == 0)
			return true;
	}
	sts_config_find(findings, entry->line,
	    "override \"%s\": mode = \"%s\": want off, testing or enforce",
	    show(cfg_title(section), title), show(entry->text, shown));
	return false;
}

/* The mode of the section wins over that of the file; off over both. */
static enum sts_err
pin(struct sts_override *override, const struct sts_entry *entry, bool moded,
    struct sts_findings *findings)
{
	enum sts_err err = sts_config_policy(
	    entry->text, entry->line, &override->policy, findings);

	if (err != STS_OK)
		return err == STS_ENOMEM ? err : STS_OK;
	override->policy_file = strdup(entry->text);
	if (override->policy_file == NULL)
		return STS_ENOMEM;
	if (moded && override->kind == STS_OVERRIDE_OFF)
		return STS_OK;
	if (moded)
		override->policy->mode = override->kind == STS_OVERRIDE_TESTING
					     ? STS_MODE_TESTING
					     : STS_MODE_ENFORCE;
	override->kind = STS_OVERRIDE_PINNED;
	if (override->policy->mode != STS_MODE_NONE &&
	    override->policy->n_mx == 0)
		sts_config_find(findings, entry->line,
		    "override \"%s\": the policy names no mx to hold mail to",
		    override->domain);
	return STS_OK;
}

static enum sts_err
fill(cfg_t *section, const char *path, struct sts_override *override,
    struct sts_findings *findings)
{
	const struct sts_entry *mode = entry_of(section, "mode"),
			       *policy = entry_of(section, "policy");
	char title[SHOWN];

	override->line = line_of(section);
	if (asprintf(&override->origin, "%s:%u", path, override->line) < 0) {
		override->origin = NULL;
		return STS_ENOMEM;
	}
	if (mode == NULL && policy == NULL)
		sts_config_find(findings, override->line,
		    "override \"%s\": want mode, policy or both",
		    show(cfg_title(section), title));
	if (mode != NULL &&
	    !parse_mode(section, mode, &override->kind, findings))
		mode = NULL;
	if (policy == NULL)
		return STS_OK;
	return pin(override, policy, mode != NULL, findings);
}

static enum sts_err
add_section(cfg_t *section, const char *path, struct sts_overrides *set,
    struct sts_findings *findings)
{
	char *domain = NULL, shown[SHOWN];
	enum sts_err err = parse_title(cfg_title(section), &domain);
	struct sts_override *override;

	if (err == STS_ENOMEM)
		return err;
	if (err != STS_OK) {
		sts_config_find(findings, line_of(section),
		    "override \"%s\": want a domain that can have a policy, or "
		    "\".\" and one for all names below it",
		    show(cfg_title(section), shown));
		return STS_OK;
	}
	override = sts_overrides_add(set);
	if (override == NULL) {
		free(domain);
		return STS_ENOMEM;
	}
	override->domain = domain;
	return fill(section, path, override, findings);
}

static enum sts_err
add_all(cfg_t *cfg, const char *path, struct sts_overrides *set,
    struct sts_findings *findings)
{
	const struct sts_override *twice, *first;
	unsigned i, n = cfg_size(cfg, SECTION);
	enum sts_err err = STS_OK;

	if (n > STS_OVERRIDES_MAX) {
		sts_config_find(findings,
		    line_of(cfg_getnsec(cfg, SECTION, STS_OVERRIDES_MAX)),
		    "want at most %d overrides", STS_OVERRIDES_MAX);
		return STS_OK;
	}
	for (i = 0; i < n && err == STS_OK; i++)
		err = add_section(
		    cfg_getnsec(cfg, SECTION, i), path, set, findings);
	if (err != STS_OK)
		return err;
	twice = sts_overrides_finish(set, &first);
	if (twice != NULL)
		find_twice(findings, twice->line, twice->domain, first->line);
	return STS_OK;
}

enum sts_err
sts_config_overrides(cfg_t *cfg, const char *path, struct sts_config *config,
    struct sts_findings *findings)
{
	enum sts_err err;

	if (cfg_size(cfg, SECTION) == 0)
		return STS_OK;
	config->overrides = sts_overrides_new();
	if (config->overrides == NULL)
		return STS_ENOMEM;
	err = add_all(cfg, path, config->overrides, findings);
	return err;
}
