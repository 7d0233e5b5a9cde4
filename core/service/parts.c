/* SPDX-License-Identifier: ISC */
#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config_table.h"
#include "daemon.h"

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* The default file may be missing, then nothing is validated; one that was
 * named may not. */
static enum sts_err
trust_anchor(const struct sts_daemon *daemon, const struct sts_config *config,
    const char **out)
{
	size_t i;

	*out = or_null(config->trust_anchor);
	if (*out == NULL || access(*out, R_OK) == 0)
		return STS_OK;
	for (i = 0; i < sts_keys_n; i++) {
		if (strcmp(sts_keys[i].name, "trust_anchor") != 0 ||
		    strcmp(sts_keys[i].value, *out) != 0)
			continue;
		sts_log(&daemon->log, STS_LOG_NOTICE, "dnssec-off",
		    "trust_anchor=%s reason=missing", *out);
		*out = NULL;
		return STS_OK;
	}
	sts_log(&daemon->log, STS_LOG_ERROR, "config-bad",
	    "file=%s text=\"trust_anchor %s cannot be read\"", daemon->path,
	    *out);
	return STS_EINVAL;
}

enum sts_err
sts_daemon_resolver(const struct sts_daemon *daemon,
    const struct sts_config *config, struct sts_resolver **out)
{
	static const enum sts_resolver_mode modes[] = {
	    [STS_CONFIG_SYSTEM] = STS_RESOLVER_SYSTEM,
	    [STS_CONFIG_FORWARD] = STS_RESOLVER_FORWARD,
	    [STS_CONFIG_RECURSIVE] = STS_RESOLVER_RECURSIVE};
	struct sts_resolver_config c = {
	    .mode = modes[config->resolver],
	    .resolv_conf = config->resolv_conf,
	    .forwarders = (const char *const *)config->forwarders.v,
	    .n_forwarders = config->forwarders.n,
	    .root_hints = or_null(config->root_hints),
	};
	enum sts_err err = trust_anchor(daemon, config, &c.trust_anchor);

	if (err != STS_OK)
		return err;
	return sts_resolver_new(
	    daemon->base, &c, daemon->clock, &daemon->log, out);
}

/* The private networks of the configuration. */
static enum sts_err
exceptions(const struct sts_daemon *daemon, struct sts_guard *guard)
{
	const struct sts_config_list *list = &daemon->config.allow_addresses;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (sts_guard_allow(guard, sts_str(list->v[i])) == STS_OK)
			continue;
		sts_log(&daemon->log, STS_LOG_ERROR, "config-bad",
		    "file=%s text=\"allow_addresses %s\"", daemon->path,
		    list->v[i]);
		return STS_EINVAL;
	}
	return STS_OK;
}

enum sts_err
sts_daemon_fetcher(struct sts_daemon *daemon, struct sts_fetcher **out)
{
	const struct sts_config *config = &daemon->config;
	struct sts_fetch_config c = {
	    .ca_file = config->ca_file,
	    .proxy = or_null(config->proxy),
	    .per_address_max = (size_t)config->fetches_per_address,
	    .port = (unsigned)config->policy_port,
	};
	enum sts_err err = exceptions(daemon, &c.guard);

	if (err != STS_OK)
		return err;
	return sts_fetcher_new(daemon->base, &c,
	    sts_resolver_addresses(daemon->resolver), daemon->clock,
	    &daemon->log, out);
}

static bool
is_alias(const struct hostent *entry, const char *name)
{
	char **alias = entry->h_aliases;

	while (*alias != NULL && strcasecmp(*alias, name) != 0)
		alias++;
	return *alias != NULL;
}

/* With its domain, if /etc/hosts has one: that is what MX records name. No
 * DNS here, which could hold up the start. */
static void
find_host(struct sts_daemon *daemon)
{
	const struct hostent *entry;
	char name[STS_DOMAIN_SIZE] = "";

	daemon->own_host = daemon->host;
	if (gethostname(name, sizeof(name) - 1) != 0 ||
	    sts_host_parse(sts_str(name), daemon->host) != STS_OK)
		snprintf(daemon->host, sizeof(daemon->host), "localhost");
	if (strchr(daemon->host, '.') != NULL)
		return;
	sethostent(0);
	while ((entry = gethostent()) != NULL)
		if (is_alias(entry, name) &&
		    strchr(entry->h_name, '.') != NULL &&
		    sts_host_parse(sts_str(entry->h_name), daemon->host) ==
			STS_OK)
			break;
	endhostent();
}

const char *
sts_daemon_name(struct sts_daemon *daemon)
{
	if (daemon->own_host == NULL)
		find_host(daemon);
	return daemon->config.helo_name[0] != '\0' ? daemon->config.helo_name
						   : daemon->host;
}

enum sts_err
sts_daemon_prober(struct sts_daemon *daemon)
{
	const struct sts_config *config = &daemon->config;
	struct sts_probe_config c = {
	    .ca_file = config->ca_file,
	    .total_max = (size_t)config->probes_max,
	    .per_address_max = (size_t)config->probes_per_address,
	    .port = (unsigned)config->probe_port,
	};
	enum sts_err err = exceptions(daemon, &c.guard);

	c.helo = sts_daemon_name(daemon);
	if (err != STS_OK || !config->probe)
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
