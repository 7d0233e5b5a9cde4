/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "print.h"
#include "publish.h"
#include "sts/loop.h"
#include "sts/parts.h"

/* One look into DNS. */
struct look {
	struct sts_publish *publish;
	struct event_base *base;
	int code;
};

/* What is wrong with the resolver's configuration. */
static void
to_stderr(void *ctx, enum sts_level level, const char *line)
{
	(void)ctx;
	(void)level;
	fprintf(stderr, "stsgate: %s\n", line);
}

static const struct sts_log complaints = {to_stderr, NULL, STS_LOG_ERROR};

static int
no_hosts(const struct sts_publish *publish, const char *why)
{
	fprintf(stderr, "stsgate: publish: %s %s; name its hosts by --mx\n",
	    publish->domain, why);
	return STS_EXIT_NO;
}

static int
take_records(struct sts_publish *publish, const struct sts_dns_answer *answer)
{
	size_t i;

	if (answer->n_mx_bad > 0)
		fprintf(stderr,
		    "stsgate: publish: MX records that name no host are left"
		    " out; see stsgate check\n");
	for (i = 0; i < answer->n_mx; i++) {
		if (answer->mx[i].host[0] == '\0')
			return no_hosts(
			    publish, "takes no mail (RFC 7505 null MX)");
		sts_publish_add_mx(publish, answer->mx[i].host);
	}
	return publish->n_mx > 0 ? STS_EXIT_YES
				 : no_hosts(publish, "has no usable MX record");
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct look *look = arg;

	(void)event_base_loopbreak(look->base);
	if (answer->status == STS_DNS_FOUND)
		look->code = take_records(look->publish, answer);
	else if (answer->status == STS_DNS_ABSENT)
		look->code = no_hosts(look->publish, "has no MX record");
	else if (answer->n_mx_bad > 0)
		look->code = no_hosts(
		    look->publish, "has no MX record that names a host");
	else
		look->code = sts_print_trouble(
		    "publish: MX records", sts_dns_status_name(answer->status));
}

static int
look_up(struct look *look, const struct sts_config *config, const char *path)
{
	struct sts_parts parts = {.base = look->base,
	    .clock = sts_loop_clock(look->base),
	    .log = &complaints,
	    .path = path};
	struct sts_resolver *resolver = NULL;
	struct sts_dns dns;
	int64_t now = parts.clock.ops->mono(parts.clock.ctx);

	if (sts_parts_resolver(&parts, config, &resolver) != STS_OK)
		return sts_print_trouble("publish", "no resolver");
	dns = sts_resolver_dns(resolver);
	look->code = -1;
	(void)dns.ops->mx(dns.ctx, look->publish->domain,
	    now + config->dns_timeout, on_mx, look);
	while (look->code < 0 && event_base_loop(look->base, EVLOOP_ONCE) == 0)
		;
	sts_resolver_free(resolver);
	return look->code < 0 ? STS_EXIT_TEMP : look->code;
}

int
sts_publish_live_mx(struct sts_publish *publish, const struct sts_cli *cli)
{
	struct look look = {.publish = publish};
	struct sts_config config;
	const char *path;
	int code = sts_ask_config(cli, &config, &path);

	if (code != STS_EXIT_YES)
		return code;
	look.base = event_base_new();
	code = look.base == NULL ? sts_print_trouble("publish", "out of memory")
				 : look_up(&look, &config, path);
	if (look.base != NULL)
		event_base_free(look.base);
	sts_config_free(&config);
	return code;
}
