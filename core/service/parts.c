/* SPDX-License-Identifier: ISC */
#include "daemon.h"
#include "sts/parts.h"

static struct sts_parts
parts_of(const struct sts_daemon *daemon)
{
	return (struct sts_parts){.base = daemon->base,
	    .clock = daemon->clock,
	    .log = &daemon->log,
	    .path = daemon->path};
}

enum sts_err
sts_daemon_resolver(const struct sts_daemon *daemon,
    const struct sts_config *config, struct sts_resolver **out)
{
	struct sts_parts parts = parts_of(daemon);

	return sts_parts_resolver(&parts, config, out);
}

enum sts_err
sts_daemon_fetcher(struct sts_daemon *daemon, struct sts_fetcher **out)
{
	struct sts_parts parts = parts_of(daemon);
	struct sts_fetch_config c;
	enum sts_err err = sts_parts_fetch(&parts, &daemon->config, &c);

	if (err != STS_OK)
		return err;
	return sts_fetcher_new(daemon->base, &c,
	    sts_resolver_addresses(daemon->resolver), daemon->clock,
	    &daemon->log, out);
}

const char *
sts_daemon_name(struct sts_daemon *daemon)
{
	if (daemon->own_host == NULL) {
		sts_parts_host(daemon->host);
		daemon->own_host = daemon->host;
	}
	return daemon->config.helo_name[0] != '\0' ? daemon->config.helo_name
						   : daemon->host;
}

enum sts_err
sts_daemon_prober(struct sts_daemon *daemon)
{
	struct sts_parts parts = parts_of(daemon);
	struct sts_probe_config c;
	enum sts_err err = sts_parts_probe(
	    &parts, &daemon->config, sts_daemon_name(daemon), &c);

	if (err != STS_OK || !daemon->config.probe)
		return err;
	return sts_prober_new(daemon->base, &c,
	    sts_resolver_addresses(daemon->resolver), daemon->clock,
	    &daemon->log, &daemon->prober);
}

void
sts_daemon_engine_config(
    const struct sts_config *config, struct sts_engine_config *out)
{
	sts_engine_defaults(out);
	out->lookup_timeout_ms = config->lookup_timeout;
	out->dns_timeout_ms = config->dns_timeout;
	out->fetch_timeout_ms = config->fetch_timeout;
	out->refresh_interval = config->refresh_interval / 1000;
	out->domains_max = (size_t)config->domains_max;
	out->fetches_max = (size_t)config->fetches_max;
	out->fetches_zone_max = (size_t)config->fetches_per_zone;
	out->on_dns_error_defer = config->on_dns_error;
	out->shared_wait_ms = config->redis.wait;
	out->shared_verify = config->redis.trust == STS_CONFIG_VERIFY;
}

void
sts_daemon_service_config(const struct sts_daemon *daemon,
    const struct sts_config *config, struct sts_service_config *out)
{
	bool named = config->own_hosts.n > 0;

	sts_service_defaults(out);
	out->lookup_timeout = config->lookup_timeout;
	out->dns_timeout = config->dns_timeout;
	out->fetch_timeout = config->fetch_timeout;
	out->dns_error_defers = config->on_dns_error != 0;
	out->connections_max = (size_t)config->connections_max;
	out->probe = config->probe != 0;
	out->probe_timeout = config->probe_timeout;
	out->probes_max = (size_t)config->probes_max;
	out->domains_max = (size_t)config->domains_max;
	out->own_hosts = named ? (const char *const *)config->own_hosts.v
			       : &daemon->own_host;
	out->n_own_hosts = named ? config->own_hosts.n : 1;
}
