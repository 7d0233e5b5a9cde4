/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "shared.h"
#include "sts/redis.h"
#include "sts/redis_url.h"
#include "sts/seal.h"
#include "sts/secret_file.h"

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static enum sts_err
bad_file(const struct sts_daemon *daemon, const char *key, const char *path,
    const char *why)
{
	sts_log(&daemon->log, STS_LOG_ERROR, "config-bad",
	    "file=%s key=%s path=%s reason=\"%s\"", daemon->path, key, path,
	    why);
	return STS_EINVAL;
}

static enum sts_err
read_secrets(const struct sts_daemon *daemon,
    const struct sts_config_redis *config, struct sts_secrets *out)
{
	const char *why;

	memset(out, 0, sizeof(*out));
	if (sts_secret_read(config->secret_file, out, &why) != STS_OK)
		return bad_file(
		    daemon, "redis_secret_file", config->secret_file, why);
	if (or_null(config->secret_file_old) != NULL &&
	    sts_secret_read(config->secret_file_old, out, &why) != STS_OK)
		return bad_file(daemon, "redis_secret_file_old",
		    config->secret_file_old, why);
	return STS_OK;
}

static enum sts_err
read_password(const struct sts_daemon *daemon,
    const struct sts_config_redis *config, char out[STS_PASSWORD_SIZE])
{
	const char *why;

	if (sts_password_file_read(config->password_file, out, &why) != STS_OK)
		return bad_file(
		    daemon, "redis_password_file", config->password_file, why);
	return STS_OK;
}

/* What is wrong with it has been told. */
static enum sts_err
open_redis(struct sts_daemon *daemon, const struct sts_redis_url *url,
    const struct sts_secrets *secrets, const char *password)
{
	const struct sts_config_redis *config = &daemon->config.redis;
	struct sts_redis_config c = {
	    .url = url,
	    .user = or_null(config->user),
	    .password = password,
	    .prefix = config->prefix,
	    .ca_file = config->ca_file[0] != '\0' ? config->ca_file
						  : daemon->config.ca_file,
	    .cert_file = or_null(config->cert_file),
	    .key_file = or_null(config->key_file),
	    .secrets = secrets,
	    .connect_timeout = config->connect_timeout,
	    .command_timeout = config->timeout,
	    .host = sts_daemon_name(daemon),
	};
	enum sts_err err = sts_redis_open(daemon->base, &c,
	    sts_resolver_addresses(daemon->resolver), daemon->clock,
	    &daemon->log, sts_daemon_random, NULL, &daemon->redis);

	if (err != STS_OK)
		sts_log(&daemon->log, STS_LOG_ERROR, "start-failed",
		    "what=redis reason=%s", sts_err_name(err));
	return err;
}

enum sts_err
sts_daemon_shared(struct sts_daemon *daemon)
{
	const struct sts_config_redis *config = &daemon->config.redis;
	char password[STS_PASSWORD_SIZE] = "";
	struct sts_redis_url url;
	struct sts_secrets secrets;
	const char *why;
	enum sts_err err;

	if (or_null(config->url) == NULL)
		return STS_OK;
	err = sts_redis_url_parse(config->url, &url, &why);
	if (err == STS_OK)
		err = read_secrets(daemon, config, &secrets);
	if (err == STS_OK && or_null(config->password_file) != NULL)
		err = read_password(daemon, config, password);
	if (err == STS_OK)
		err = open_redis(daemon, &url, &secrets, or_null(password));
	explicit_bzero(password, sizeof(password));
	explicit_bzero(&secrets, sizeof(secrets));
	if (err != STS_OK)
		return err;
	daemon->shared = sts_redis_shared(daemon->redis);
	return sts_cache_two(daemon->store, daemon->shared, daemon->clock,
	    config->wait, &daemon->store);
}

enum sts_err
sts_daemon_shared_reload(
    struct sts_daemon *daemon, const struct sts_config *config)
{
	struct sts_secrets secrets;
	enum sts_err err;

	/* Without a URL it goes on as it is till the restart. */
	if (daemon->redis == NULL || or_null(config->redis.url) == NULL)
		return STS_OK;
	err = read_secrets(daemon, &config->redis, &secrets);
	if (err == STS_OK)
		err = sts_redis_use_secrets(daemon->redis, &secrets);
	if (err == STS_OK)
		sts_cache_two_wait(daemon->store, config->redis.wait);
	explicit_bzero(&secrets, sizeof(secrets));
	return err;
}

void
sts_daemon_shared_use(struct sts_daemon *daemon, struct sts_addresses addresses)
{
	if (daemon->redis != NULL)
		sts_redis_use(daemon->redis, addresses);
}

void
sts_daemon_shared_close(struct sts_daemon *daemon)
{
	if (daemon->redis != NULL)
		sts_redis_close(daemon->redis);
}
