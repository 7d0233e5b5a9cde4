/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config_parse.h"
#include "config_redis_keys.h"
#include "config_report_keys.h"
#include "config_table.h"
#include "sts/override.h"
#include "sts/str.h"

#define FILE_MAX 1048576
#define OPTS_MAX (64 + STS_UNKNOWN_ROOM)

/* Where a key may stand. */
enum level { TOP, SECTION, LEVELS };

void
sts_config_find(
    struct sts_findings *findings, unsigned line, const char *fmt, ...)
{
	char text[STS_FINDING_TEXT];
	size_t i;
	va_list ap;

	if (findings->n == STS_FINDINGS_MAX) {
		findings->dropped++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (i = findings->n; i > 0 && findings->list[i - 1].line > line; i--)
		findings->list[i] = findings->list[i - 1];
	findings->list[i].line = line;
	snprintf(findings->list[i].text, STS_FINDING_TEXT, "%s", text);
	for (char *p = findings->list[i].text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	findings->n++;
}

static int
keep_entry(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	size_t size = strlen(value) + 1;
	struct sts_entry *entry = malloc(sizeof(*entry) + size);

	(void)opt;
	if (entry == NULL)
		return -1;
	entry->line = (unsigned)cfg->line;
	memcpy(entry->text, value, size);
	*(struct sts_entry **)result = entry;
	return 0;
}

/* The first fault is kept in cfg->comment, which libConfuse frees. */
static void __attribute__((format(printf, 2, 0)))
keep_fault(cfg_t *cfg, const char *fmt, va_list ap)
{
	if (cfg->comment == NULL && vasprintf(&cfg->comment, fmt, ap) < 0)
		cfg->comment = NULL;
}

void
sts_config_opt(cfg_opt_t *opts, size_t *n, const char *name, bool list)
{
	cfg_opt_t opt = CFG_PTR_CB(
	    NULL, NULL, list ? CFGF_LIST : CFGF_NONE, keep_entry, free);

	opt.name = name;
	opts[(*n)++] = opt;
}

void
sts_config_unknown_opts(
    cfg_opt_t *opts, size_t *n, const struct sts_unknown *unknown)
{
	size_t i;

	for (i = 0; i < unknown->n; i++)
		sts_config_opt(opts, n, unknown->v[i], true);
}

/* The name in libConfuse's words for a key it does not know, or NULL. */
static char *
unknown_key(const char *fault)
{
	const char *open = strstr(fault, "no such option '");
	const char *close = strrchr(fault, '\'');

	if (open == NULL)
		return NULL;
	open = strchr(open, '\'') + 1;
	return close > open ? strndup(open, (size_t)(close - open)) : NULL;
}

/* What the file may hold: its keys, and those of its sections. */
static cfg_t *
known_keys(const struct sts_unknown *unknown)
{
	cfg_opt_t opts[OPTS_MAX], keys[STS_SECTION_OPTS];
	size_t i, n = 0;

	for (i = 0; i < sts_keys_n; i++)
		sts_config_opt(
		    opts, &n, sts_keys[i].name, sts_key_is_list(&sts_keys[i]));
	sts_config_section(opts, &n, keys, &unknown[SECTION]);
	sts_config_unknown_opts(opts, &n, &unknown[TOP]);
	opts[n] = (cfg_opt_t)CFG_END();
	return cfg_init(opts, CFGF_NONE);
}

/* What libConfuse stopped at. STS_ETEMP: a key, which is known from now on. */
static enum sts_err
fault(cfg_t *cfg, struct sts_unknown *unknown, struct sts_findings *findings)
{
	cfg_t *at = sts_config_faulty(cfg);
	struct sts_unknown *keys = &unknown[at == cfg ? TOP : SECTION];
	char *key;

	if (at->comment == NULL)
		return STS_ENOMEM; /* unless it is said what is wrong */
	key = unknown_key(at->comment);
	if (key != NULL && keys->n < STS_UNKNOWN_ROOM) {
		sts_config_find(
		    findings, (unsigned)at->line, "%s: no such key", key);
		keys->v[keys->n++] = key;
		return STS_ETEMP;
	}
	if (!sts_config_twice(at, findings))
		sts_config_find(
		    findings, (unsigned)at->line, "%s", at->comment);
	free(key);
	return STS_ESYNTAX;
}

/*
 * libConfuse stops at a key that it does not know. Then that key is made
 * known, as a list of anything, and the text is read again.
 */
static cfg_t *
parse(const char *text, struct sts_unknown *unknown,
    struct sts_findings *findings, enum sts_err *err)
{
	cfg_t *cfg = known_keys(unknown);

	if (cfg == NULL) {
		*err = STS_ENOMEM;
		return NULL;
	}
	cfg_set_error_function(cfg, keep_fault);
	if (cfg_parse_buf(cfg, text) == CFG_SUCCESS)
		return cfg;
	*err = fault(cfg, unknown, findings);
	cfg_free(cfg);
	return NULL;
}

/* Where more is said than what the key allows, the value may be a secret. */
static void
bad_value(const struct sts_key *key, const struct sts_entry *entry,
    const char *why, struct sts_findings *findings)
{
	char allows[STS_FINDING_TEXT], shown[80];

	if (why != NULL)
		sts_config_find(
		    findings, entry->line, "%s: %s", key->name, why);
	else
		sts_config_find(findings, entry->line, "%s = \"%s\": want %s",
		    key->name,
		    sts_str_escape(sts_str(entry->text), shown, sizeof(shown)),
		    sts_key_allows(key, allows, sizeof(allows)));
}

static enum sts_err
take_values(cfg_t *cfg, const struct sts_key *key, struct sts_config *config,
    struct sts_findings *findings)
{
	unsigned i, n = cfg_size(cfg, key->name);
	const char *why = NULL;
	enum sts_err err;

	if (n == 0 && !sts_key_is_list(key))
		return sts_key_set(key, key->value, config, &why);
	for (i = 0; i < n; i++) {
		struct sts_entry *entry = cfg_getnptr(cfg, key->name, i);

		err = sts_key_set(key, entry->text, config, &why);
		if (err == STS_ENOMEM)
			return err;
		if (err != STS_OK)
			bad_value(key, entry, why, findings);
	}
	return STS_OK;
}

/* What to read, and whether the files are looked at that it names. */
struct source {
	const char *path;
	bool must_exist, files;
};

static enum sts_err
take(cfg_t *cfg, const struct source *source, struct sts_config *config,
    struct sts_findings *findings)
{
	enum sts_err err = STS_OK;
	size_t i;

	for (i = 0; i < sts_keys_n && err == STS_OK; i++)
		err = take_values(cfg, &sts_keys[i], config, findings);
	if (err == STS_OK)
		err = sts_config_overrides(cfg, source->path, config, findings);
	if (err != STS_OK)
		return err;
	if (config->resolver == STS_CONFIG_FORWARD && config->forwarders.n == 0)
		sts_config_find(findings, 0,
		    "forwarders: want at least one with resolver = forward");
	sts_config_redis_keys(cfg, config, findings);
	sts_config_report_keys(cfg, config, findings);
	if (findings->n > 0)
		return STS_ESYNTAX;
	if (source->files)
		err = sts_config_redis_files(cfg, config, findings);
	return err == STS_OK && findings->n > 0 ? STS_ESYNTAX : err;
}

static void
forget(struct sts_unknown *unknown)
{
	while (unknown->n > 0)
		free(unknown->v[--unknown->n]);
}

static enum sts_err
parse_all(const struct source *source, const char *text, struct sts_config *out,
    struct sts_findings *findings)
{
	struct sts_unknown unknown[LEVELS] = {0};
	struct sts_config config = {0};
	enum sts_err err = STS_OK;
	cfg_t *cfg;

	do {
		cfg = parse(text, unknown, findings, &err);
	} while (cfg == NULL && err == STS_ETEMP);
	if (cfg != NULL) {
		err = take(cfg, source, &config, findings);
		cfg_free(cfg);
	}
	forget(&unknown[TOP]);
	forget(&unknown[SECTION]);
	if (err == STS_OK)
		*out = config;
	else
		sts_config_free(&config);
	return err;
}

/* *text is the caller's. */
static enum sts_err
slurp(FILE *file, char **text, struct sts_findings *findings)
{
	char *buf = malloc(FILE_MAX + 1);
	size_t n;

	if (buf == NULL)
		return STS_ENOMEM;
	n = fread(buf, 1, FILE_MAX + 1, file);
	if (ferror(file)) {
		sts_config_find(
		    findings, 0, "cannot be read: %s", strerror(errno));
		free(buf);
		return STS_ETEMP;
	}
	if (n > FILE_MAX || memchr(buf, '\0', n) != NULL) {
		sts_config_find(
		    findings, 0, "want text of at most 1 MiB without NUL");
		free(buf);
		return STS_ESYNTAX;
	}
	buf[n] = '\0';
	*text = buf;
	return STS_OK;
}

static enum sts_err
load(const struct source *source, struct sts_config *out,
    struct sts_findings *findings)
{
	char *text = NULL;
	enum sts_err err;
	FILE *file;

	memset(findings, 0, sizeof(*findings));
	file = fopen(source->path, "re");
	if (file == NULL) {
		if (errno == ENOENT && !source->must_exist)
			return parse_all(source, "", out, findings);
		sts_config_find(
		    findings, 0, "cannot be opened: %s", strerror(errno));
		return errno == ENOMEM ? STS_ENOMEM : STS_ETEMP;
	}
	err = slurp(file, &text, findings);
	fclose(file);
	if (err != STS_OK)
		return err;
	err = parse_all(source, text, out, findings);
	free(text);
	return err;
}

enum sts_err
sts_config_load(const char *path, bool must_exist, struct sts_config *out,
    struct sts_findings *findings)
{
	struct source source = {path, must_exist, false};

	return load(&source, out, findings);
}

enum sts_err
sts_config_check(
    const char *path, bool must_exist, struct sts_findings *findings)
{
	struct source source = {path, must_exist, true};
	struct sts_config config;
	enum sts_err err = load(&source, &config, findings);

	if (err == STS_OK)
		sts_config_free(&config);
	return err;
}

void
sts_config_free(struct sts_config *config)
{
	size_t i;

	for (i = 0; i < sts_keys_n; i++) {
		void *field = (char *)config + sts_keys[i].offset;
		struct sts_config_list *list = field;

		if (sts_key_is_list(&sts_keys[i]))
			while (list->n > 0)
				free(list->v[--list->n]);
		else if (sts_key_is_text(&sts_keys[i]))
			free(*(char **)field);
	}
	sts_overrides_free(config->overrides);
	memset(config, 0, sizeof(*config));
}
