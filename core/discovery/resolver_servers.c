/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver_upstream.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define BLANK       " \t\r\n"
#define LINE_SIZE   512

static bool
is_address(const char *text)
{
	unsigned char addr[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, addr) == 1 ||
	       inet_pton(AF_INET6, text, addr) == 1;
}

/* "192.0.2.1" or "192.0.2.1@5353", IPv6 likewise. */
static bool
is_server(const char *text)
{
	char addr[STS_FORWARDER_SIZE];
	const char *at = strchr(text, '@');
	char *end;
	size_t n = at ? (size_t)(at - text) : strlen(text);
	long port;

	if (strlen(text) >= sizeof(addr))
		return false;
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (!is_address(addr))
		return false;
	if (at == NULL)
		return true;
	port = strtol(at + 1, &end, 10);
	return at[1] >= '0' && at[1] <= '9' && *end == '\0' && port > 0 &&
	       port <= 65535;
}

/* Those past the bound are as if they were not there: the others serve. */
static void
add(struct sts_servers *servers, const char *addr)
{
	if (servers->n < STS_FORWARDERS_MAX)
		snprintf(servers->addr[servers->n++], STS_FORWARDER_SIZE, "%s",
		    addr);
}

static void
resolv_line(struct sts_servers *servers, char *line, const struct sts_log *log)
{
	char text[STS_FORWARDER_SIZE];
	char *save = NULL, *word = strtok_r(line, BLANK, &save);

	if (word == NULL || strcmp(word, "nameserver") != 0)
		return;
	word = strtok_r(NULL, BLANK, &save);
	if (word == NULL)
		return;
	if (is_address(word)) {
		add(servers, word);
		return;
	}
	/* Such as fe80::1%eth0: libunbound knows no scopes. */
	sts_log(log, STS_LOG_WARNING, "resolver-nameserver-skipped",
	    "nameserver=%s", sts_str_escape(sts_str(word), text, sizeof(text)));
}

static enum sts_err
resolv_conf(
    struct sts_servers *servers, const char *path, const struct sts_log *log)
{
	char line[LINE_SIZE];
	FILE *file = fopen(path, "re");
	bool named = false;

	if (file == NULL && errno != ENOENT) {
		sts_log(log, STS_LOG_ERROR, "resolver-config",
		    "file=%s error=\"%s\"", path, strerror(errno));
		return STS_EINVAL;
	}
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		named = named || strncmp(line, "nameserver", 10) == 0;
		resolv_line(servers, line, log);
	}
	if (file != NULL)
		(void)fclose(file);
	/* None named: this host (resolv.conf(5)). */
	if (!named)
		add(servers, "127.0.0.1");
	if (servers->n > 0)
		return STS_OK;
	sts_log(log, STS_LOG_ERROR, "resolver-config",
	    "file=%s error=\"no name server in it can be used\"", path);
	return STS_EINVAL;
}

static enum sts_err
forwarders(struct sts_servers *servers,
    const struct sts_resolver_config *config, const struct sts_log *log)
{
	char text[STS_FORWARDER_SIZE];
	size_t i;

	if (config->n_forwarders == 0 ||
	    config->n_forwarders > STS_FORWARDERS_MAX) {
		sts_log(log, STS_LOG_ERROR, "resolver-config",
		    "forwarders=%zu error=\"1 to %d wanted\"",
		    config->n_forwarders, STS_FORWARDERS_MAX);
		return STS_EINVAL;
	}
	for (i = 0; i < config->n_forwarders; i++) {
		if (!is_server(config->forwarders[i])) {
			sts_log(log, STS_LOG_ERROR, "resolver-config",
			    "forwarder=%s error=\"no address\"",
			    sts_str_escape(sts_str(config->forwarders[i]), text,
				sizeof(text)));
			return STS_EINVAL;
		}
		add(servers, config->forwarders[i]);
	}
	return STS_OK;
}

static enum sts_err
copy(const char *text, char **out)
{
	if (text == NULL)
		return STS_OK;
	*out = strdup(text);
	return *out ? STS_OK : STS_ENOMEM;
}

enum sts_err
sts_servers_read(const struct sts_resolver_config *config,
    const struct sts_log *log, struct sts_servers *out)
{
	struct sts_servers servers = {
	    .mode = config->mode, .many = config->many};
	const char *path =
	    config->resolv_conf ? config->resolv_conf : RESOLV_CONF;
	enum sts_err err = STS_OK;

	if (config->mode == STS_RESOLVER_SYSTEM)
		err = resolv_conf(&servers, path, log);
	else if (config->mode == STS_RESOLVER_FORWARD)
		err = forwarders(&servers, config, log);
	if (err == STS_OK)
		err = copy(config->root_hints, &servers.root_hints);
	if (err == STS_OK)
		err = copy(config->trust_anchor, &servers.trust_anchor);
	if (err != STS_OK) {
		sts_servers_free(&servers);
		return err;
	}
	*out = servers;
	return STS_OK;
}

void
sts_servers_free(struct sts_servers *servers)
{
	free(servers->root_hints);
	free(servers->trust_anchor);
}
