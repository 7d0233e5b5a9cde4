/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "exim.h"

#define SELF "stsgate"

enum test {
	ASKS_OR_ALL,   /* the value asks stsgate, or is "*" */
	ASKS_OR_FALSE, /* it asks, or the option is off */
	ASKS_FIRST,    /* it asks stsgate before all else and on no condition */
	ASKS_NAMES,    /* it asks stsgate for names, and nothing else */
	ASKS,          /* it asks stsgate */
	IS,            /* the value is text */
	IS_OFF,        /* the option is off */
	IS_SET,        /* the value is not empty */
	IS_EMPTY       /* an option this Exim need not have */
};

/* What the include sets, and what must be left as Exim has it. */
static const struct rule {
	const char *option;
	enum test test;
	const char *text;
	const char *why;
} rules[] = {
    {"event_action", ASKS_FIRST, NULL,
	"must ask stsgate first and of every event: without it no certificate "
	"is looked at"},
    {"hosts_require_tls", ASKS_OR_ALL, NULL,
	"must ask stsgate, or mail goes out in clear text"},
    {"tls_verify_hosts", ASKS_OR_ALL, NULL,
	"must ask stsgate, or any certificate will do"},
    {"multi_domain", ASKS_OR_FALSE, NULL,
	"must be false, or one connection serves domains of other policies"},
    {"tls_sni", IS, "$host", "must be $host, as RFC 8461 section 4.1 says"},
    {"connection_max_messages", IS, "1",
	"must be 1, or mail rides a connection opened for another domain"},
    {"delay_after_cutoff", IS_OFF, NULL,
	"must be false, or mail bounces without a look at the policy"},
    {"interface", IS_SET, NULL,
	"must be set, or a refusal delays other domains on the same host"},
    {"retry_include_ip_address", ASKS, NULL,
	"must ask stsgate, or a host reached by CNAME delays other domains"},
    {"hosts_avoid_tls", IS_EMPTY, NULL,
	"must be empty: for such hosts an enforced policy is never met"},
    {"tls_verify_cert_hostnames", ASKS_NAMES, NULL,
	"must be as shipped, or the name in the certificate does not count, "
	"or a refusal delays other domains on the same host"},
    {"tls_verify_certificates", IS_SET, NULL,
	"must be set: there is nothing to verify a certificate by"},
    {"hosts_try_dane", IS, "*", "must stay *: DANE comes before MTA-STS"},
    {"tls_resumption_hosts", IS_EMPTY, NULL,
	"must be empty: a resumed session shows no certificate"},
};

static bool
begins(struct sts_str value, const char *text)
{
	size_t n = strlen(text);

	return value.n >= n && memcmp(value.p, text, n) == 0;
}

/*
 * The octets of the "${dlfunc{MODULE}{stsgate}WORD...}" that value begins
 * with, 0 where it begins otherwise: inside of another expansion the module
 * would not be asked each time.
 */
static size_t
call_at_start(struct sts_str value, const char *word)
{
	static const char head[] = "${dlfunc{", self[] = "}{" SELF "}";
	struct sts_str rest = value;
	size_t depth = 1, i;

	if (!begins(rest, head))
		return 0;
	for (i = sizeof(head) - 1; i < value.n; i++)
		if (strchr("{}", value.p[i]) != NULL)
			break;
	rest = (struct sts_str){value.p + i, value.n - i};
	if (!begins(rest, self))
		return 0;
	i += sizeof(self) - 1;
	rest = (struct sts_str){value.p + i, value.n - i};
	if (!begins(rest, word))
		return 0;
	for (; i < value.n; i++) {
		if (value.p[i] == '{')
			depth++;
		else if (value.p[i] == '}' && --depth == 0)
			return i + 1;
	}
	return 0;
}

static bool
holds(const struct rule *rule, enum sts_exim_state state, struct sts_str value)
{
	bool asks = state == STS_EXIM_VALUE && sts_exim_contains(value, SELF);

	switch (rule->test) {
	case ASKS_OR_ALL:
		return asks ||
		       (state == STS_EXIM_VALUE && sts_str_eq(value, "*"));
	case ASKS_OR_FALSE:
		return asks || state == STS_EXIM_FALSE;
	case ASKS_NAMES:
		return asks && call_at_start(value, "{names}") == value.n;
	case ASKS_FIRST:
		return asks && (call_at_start(value, "") > 0 ||
				   begins(value, "${readsocket{"));
	case ASKS:
		return asks;
	case IS:
		return state == STS_EXIM_VALUE && sts_str_eq(value, rule->text);
	case IS_OFF:
		return state == STS_EXIM_FALSE;
	case IS_SET:
		return state == STS_EXIM_VALUE && value.n > 0;
	case IS_EMPTY:
		return state == STS_EXIM_ABSENT || value.n == 0;
	}
	return false;
}

/* Does any hook of the transport ask stsgate? */
static bool
carries(const struct sts_exim_block *block)
{
	static const char *const hooks[] = {"event_action", "hosts_require_tls",
	    "tls_verify_hosts", "multi_domain"};
	struct sts_str value = {NULL, 0};
	size_t i;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (sts_exim_option(block, hooks[i], &value) ==
			STS_EXIM_VALUE &&
		    sts_exim_contains(value, SELF))
			return true;
	return false;
}

static int
check_transport(const struct sts_exim_block *block, json_t *findings)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct sts_str value = {NULL, 0};
		enum sts_exim_state state =
		    sts_exim_option(block, rules[i].option, &value);

		if (!holds(&rules[i], state, value) &&
		    sts_exim_add(findings, rules[i].option, "transport",
			block->name, rules[i].why) != 0)
			return -1;
	}
	return 0;
}

/*
 * A router that looks up MX hosts must leave out those the policy does not
 * name: refused later, they get a retry record of their own, which delays
 * every other domain on them. With no host left the mail must wait.
 */
static int
check_router(const struct sts_exim_block *router, json_t *findings)
{
	struct sts_str ignore = {NULL, 0}, defer = {NULL, 0};

	sts_exim_option(router, "ignore_target_hosts", &ignore);
	sts_exim_option(router, "fail_defer_domains", &defer);
	if (!sts_exim_contains(ignore, SELF))
		return sts_exim_add(findings, "ignore_target_hosts", "router",
		    router->name,
		    "must ask stsgate, or a refusal delays other domains on "
		    "the same host");
	if (!sts_str_eq(defer, "*") &&
	    (defer.n == 0 || call_at_start(defer, "{defer}") != defer.n))
		return sts_exim_add(findings, "fail_defer_domains", "router",
		    router->name,
		    "must ask stsgate, or mail bounces where the policy names "
		    "none of the MX hosts");
	return 0;
}

static int
check_routers(
    struct sts_str routers, struct sts_str transport, json_t *findings)
{
	struct sts_exim_block router;

	while (sts_exim_next_block(&routers, "router", &router)) {
		struct sts_str to = {NULL, 0}, driver = {NULL, 0};

		sts_exim_option(&router, "transport", &to);
		sts_exim_option(&router, "driver", &driver);
		if (to.n == 0 || !sts_str_caseeq(to, transport) ||
		    !sts_str_eq(driver, "dnslookup"))
			continue;
		if (check_router(&router, findings) != 0)
			return -1;
	}
	return 0;
}

int
sts_exim_transports(
    struct sts_str transports, struct sts_str routers, json_t *findings)
{
	struct sts_str nowhere = {NULL, 0};
	struct sts_exim_block block;
	size_t n = 0;

	while (sts_exim_next_block(&transports, "transport", &block)) {
		if (!carries(&block))
			continue;
		n++;
		if (check_transport(&block, findings) != 0 ||
		    check_routers(routers, block.name, findings) != 0)
			return -1;
	}
	if (n == 0)
		return sts_exim_add(findings, "no-transport", NULL, nowhere,
		    "no transport asks stsgate: nothing is enforced");
	return 0;
}
