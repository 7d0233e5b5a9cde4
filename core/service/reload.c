/* SPDX-License-Identifier: ISC */
#include "activation.h"
#include "config_table.h"
#include "daemon.h"
#include "reports.h"
#include "shared.h"
#include "sts/override.h"

#define DRAIN_MS 1000

void
sts_daemon_findings(const struct sts_daemon *daemon,
    const struct sts_findings *findings, enum sts_err err)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		sts_log(&daemon->log, STS_LOG_ERROR, "config-bad",
		    "file=%s line=%u text=\"%s\"", daemon->path,
		    findings->list[i].line, findings->list[i].text);
	if (findings->n == 0 || findings->dropped > 0)
		sts_log(&daemon->log, STS_LOG_ERROR, "config-bad",
		    "file=%s reason=%s more=%zu", daemon->path,
		    sts_err_name(err), findings->dropped);
}

/* Resolvers of earlier configurations go when their questions are answered. */
static void
drain(void *arg)
{
	struct sts_daemon *daemon = arg;
	size_t i, kept = 0;

	daemon->drain = NULL;
	for (i = 0; i < daemon->n_old; i++) {
		if (sts_resolver_idle(daemon->old[i]))
			sts_resolver_free(daemon->old[i]);
		else
			daemon->old[kept++] = daemon->old[i];
	}
	daemon->n_old = kept;
	if (kept > 0)
		daemon->drain = daemon->clock.ops->timer(daemon->clock.ctx,
		    daemon->clock.ops->mono(daemon->clock.ctx) + DRAIN_MS,
		    drain, daemon);
}

static void
use_resolver(struct sts_daemon *daemon, struct sts_resolver *resolver)
{
	sts_engine_use_dns(daemon->engine, sts_resolver_dns(resolver));
	sts_service_use_dns(daemon->service, sts_resolver_dns(resolver));
	sts_service_use_addresses(
	    daemon->service, sts_resolver_addresses(resolver));
	sts_fetcher_use(daemon->fetcher, sts_resolver_addresses(resolver));
	sts_daemon_shared_use(daemon, sts_resolver_addresses(resolver));
	sts_daemon_reports_use(daemon, resolver);
	if (daemon->prober != NULL)
		sts_prober_use(
		    daemon->prober, sts_resolver_addresses(resolver));
	daemon->old[daemon->n_old++] = daemon->resolver;
	daemon->resolver = resolver;
	daemon->clock.ops->cancel(daemon->clock.ctx, daemon->drain);
	drain(daemon);
}

static void
say_what_needs_restart(
    const struct sts_daemon *daemon, const struct sts_config *config)
{
	size_t i;

	for (i = 0; i < sts_keys_n; i++)
		if (sts_keys[i].restart &&
		    !sts_key_same(&sts_keys[i], &daemon->config, config))
			sts_log(&daemon->log, STS_LOG_WARNING,
			    "config-needs-restart", "key=%s", sts_keys[i].name);
}

static enum sts_err
load(struct sts_daemon *daemon, struct sts_config *config, char *text,
    size_t size)
{
	struct sts_findings findings;
	enum sts_err err;

	err = sts_config_load(daemon->path, daemon->named, config, &findings);
	if (err == STS_OK)
		return STS_OK;
	sts_daemon_findings(daemon, &findings, err);
	if (findings.n > 0)
		snprintf(text, size, "%s:%u: %s", daemon->path,
		    findings.list[0].line, findings.list[0].text);
	else
		snprintf(text, size, "%s", sts_err_name(err));
	return err;
}

enum sts_err
sts_daemon_reload(struct sts_daemon *daemon, char *text, size_t size)
{
	struct sts_engine_config engine;
	struct sts_service_config service;
	struct sts_resolver *resolver;
	struct sts_config config;
	enum sts_err err;

	if (daemon->n_old == STS_OLD_RESOLVERS) {
		snprintf(text, size, "too many reloads at once");
		return STS_ELIMIT;
	}
	err = load(daemon, &config, text, size);
	if (err != STS_OK)
		return err;
	err = sts_daemon_resolver(daemon, &config, &resolver);
	if (err != STS_OK) {
		snprintf(text, size, "the resolver cannot be set up: %s",
		    sts_err_name(err));
		sts_log(&daemon->log, STS_LOG_ERROR, "reload-failed",
		    "text=\"%s\"", text);
		sts_config_free(&config);
		return err;
	}
	if (sts_daemon_shared_reload(daemon, &config) != STS_OK) {
		snprintf(
		    text, size, "redis: a file of secrets is bad, see the log");
		sts_resolver_free(resolver);
		sts_config_free(&config);
		return STS_EINVAL;
	}
	say_what_needs_restart(daemon, &config);
	sts_overrides_log(
	    &daemon->log, daemon->config.overrides, config.overrides);
	sts_service_use_overrides(daemon->service, config.overrides);
	sts_config_free(&daemon->config);
	daemon->config = config;
	sts_daemon_log_open(daemon);
	sts_daemon_engine_config(&config, &engine);
	sts_engine_configure(daemon->engine, &engine);
	sts_daemon_service_config(daemon, &daemon->config, &service);
	sts_service_configure(daemon->service, &service);
	use_resolver(daemon, resolver);
	sts_log(
	    &daemon->log, STS_LOG_INFO, "reloaded", "file=%s", daemon->path);
	return STS_OK;
}
