/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config_parse.h"
#include "config_redis_keys.h"
#include "sts/redis_url.h"
#include "sts/secret_file.h"

#define PATH_SHOWN 100

bool
sts_config_redis_url(const char *text, const char **why)
{
	struct sts_redis_url url;

	return sts_redis_url_parse(text, &url, why) == STS_OK;
}

/* A value that was not right is NULL. */
static bool
given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static unsigned
line_of(cfg_t *cfg, const char *key)
{
	const struct sts_entry *entry =
	    cfg_size(cfg, key) > 0 ? cfg_getnptr(cfg, key, 0) : NULL;

	return entry != NULL ? entry->line : 0;
}

static bool
is_tls(const char *url)
{
	return url != NULL && strncmp(url, "rediss:", 7) == 0;
}

void
sts_config_redis_keys(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings)
{
	const struct {
		const char *key, *value, *needs;
		bool there;
	} rules[] = {
	    {"redis", config->redis.url, "redis_secret_file",
		given(config->redis.secret_file)},
	    {"redis_user", config->redis.user, "redis_password_file",
		given(config->redis.password_file)},
	    {"redis_cert_file", config->redis.cert_file, "redis_key_file",
		given(config->redis.key_file)},
	    {"redis_key_file", config->redis.key_file, "redis_cert_file",
		given(config->redis.cert_file)},
	    {"redis_ca_file", config->redis.ca_file, "redis = \"rediss://...\"",
		is_tls(config->redis.url)},
	    {"redis_cert_file", config->redis.cert_file,
		"redis = \"rediss://...\"", is_tls(config->redis.url)},
	};
	size_t i;

	if (!given(config->redis.url))
		return;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (given(rules[i].value) && !rules[i].there)
			sts_config_find(findings, line_of(cfg, rules[i].key),
			    "%s: want %s with it", rules[i].key,
			    rules[i].needs);
}

static enum sts_err
look_secret(const char *path, const char **why)
{
	char text[STS_SECRET_MAX];
	size_t n;
	enum sts_err err = sts_secret_file_read(path, text, &n, why);

	explicit_bzero(text, sizeof(text));
	return err;
}

static enum sts_err
look_password(const char *path, const char **why)
{
	char text[STS_PASSWORD_SIZE];
	enum sts_err err = sts_password_file_read(path, text, why);

	explicit_bzero(text, sizeof(text));
	return err;
}

static enum sts_err
look_readable(const char *path, const char **why)
{
	if (access(path, R_OK) == 0)
		return STS_OK;
	*why = strerror(errno);
	return errno == ENOENT || errno == ENOTDIR ? STS_ENOENT : STS_ETEMP;
}

enum sts_err
sts_config_redis_files(
    cfg_t *cfg, const struct sts_config *config, struct sts_findings *findings)
{
	const struct {
		const char *key, *path;
		enum sts_err (*look)(const char *path, const char **why);
	} files[] = {
	    {"redis_secret_file", config->redis.secret_file, look_secret},
	    {"redis_secret_file_old", config->redis.secret_file_old,
		look_secret},
	    {"redis_password_file", config->redis.password_file, look_password},
	    {"redis_ca_file", config->redis.ca_file, look_readable},
	    {"redis_cert_file", config->redis.cert_file, look_readable},
	    {"redis_key_file", config->redis.key_file, look_readable},
	};
	enum sts_err err, worst = STS_OK;
	char shown[PATH_SHOWN];
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!given(config->redis.url) || !given(files[i].path))
			continue;
		err = files[i].look(files[i].path, &why);
		if (err == STS_ETEMP)
			worst = err;
		if (err != STS_OK)
			sts_config_find(findings, line_of(cfg, files[i].key),
			    "%s = \"%s\": %s", files[i].key,
			    sts_str_escape(
				sts_str(files[i].path), shown, sizeof(shown)),
			    why);
	}
	return worst;
}
