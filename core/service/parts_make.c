/* SPDX-License-Identifier: ISC */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config_table.h"
#include "sts/parts.h"

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* The default file may be missing, then nothing is validated; one that was
 * named may not. */
static enum sts_err
trust_anchor(const struct sts_parts *parts, const struct sts_config *config,
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
		sts_log(parts->log, STS_LOG_NOTICE, "dnssec-off",
		    "trust_anchor=%s reason=missing", *out);
		*out = NULL;
		return STS_OK;
	}
	sts_log(parts->log, STS_LOG_ERROR, "config-bad",
	    "file=%s text=\"trust_anchor %s cannot be read\"", parts->path,
	    *out);
	return STS_EINVAL;
}

enum sts_err
sts_parts_resolver(const struct sts_parts *parts,
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
	    .many = parts->many,
	};
	enum sts_err err = trust_anchor(parts, config, &c.trust_anchor);

	if (err != STS_OK)
		return err;
	return sts_resolver_new(parts->base, &c, parts->clock, parts->log, out);
}

/* The private networks of the configuration. */
static enum sts_err
exceptions(const struct sts_parts *parts, const struct sts_config *config,
    struct sts_guard *guard)
{
	const struct sts_config_list *list = &config->allow_addresses;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (sts_guard_allow(guard, sts_str(list->v[i])) == STS_OK)
			continue;
		sts_log(parts->log, STS_LOG_ERROR, "config-bad",
		    "file=%s text=\"allow_addresses %s\"", parts->path,
		    list->v[i]);
		return STS_EINVAL;
	}
	return STS_OK;
}

enum sts_err
sts_parts_fetch(const struct sts_parts *parts, const struct sts_config *config,
    struct sts_fetch_config *out)
{
	*out = (struct sts_fetch_config){
	    .ca_file = config->ca_file,
	    .proxy = or_null(config->proxy),
	    .per_address_max = (size_t)config->fetches_per_address,
	    .port = (unsigned)config->policy_port,
	};
	return exceptions(parts, config, &out->guard);
}

enum sts_err
sts_parts_probe(const struct sts_parts *parts, const struct sts_config *config,
    const char *helo, struct sts_probe_config *out)
{
	*out = (struct sts_probe_config){
	    .ca_file = config->ca_file,
	    .helo = helo,
	    .total_max = (size_t)config->probes_max,
	    .per_address_max = (size_t)config->probes_per_address,
	    .port = (unsigned)config->probe_port,
	};
	return exceptions(parts, config, &out->guard);
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
void
sts_parts_host(char host[STS_DOMAIN_SIZE])
{
	const struct hostent *entry;
	char name[STS_DOMAIN_SIZE] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 ||
	    sts_host_parse(sts_str(name), host) != STS_OK)
		snprintf(host, STS_DOMAIN_SIZE, "localhost");
	if (strchr(host, '.') != NULL)
		return;
	sethostent(0);
	while ((entry = gethostent()) != NULL)
		if (is_alias(entry, name) &&
		    strchr(entry->h_name, '.') != NULL &&
		    sts_host_parse(sts_str(entry->h_name), host) == STS_OK)
			break;
	endhostent();
}

void
sts_parts_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}
