/* SPDX-License-Identifier: ISC */
#include "exim_router.h"

#include <string.h>

#include "exim_run.h"

static bool
is_on(const struct sts_exim_block *block, const char *option)
{
	struct sts_str value;

	return sts_exim_option(block, option, &value) == STS_EXIM_TRUE;
}

/* Does it look at more than the domain? */
static bool
has_conditions(const struct sts_exim_block *block)
{
	static const char *const values[] = {"condition", "local_parts",
	    "senders", "require_files", "local_part_prefix",
	    "local_part_suffix"};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (sts_exim_value(block, values[i]).n > 0)
			return true;
	return is_on(block, "check_local_user") || is_on(block, "verify_only");
}

/*
 * A dnslookup router that declines has no hosts for the domain, nor will the
 * next one have any. A manualroute router may only not list it.
 */
static bool
ends(const struct sts_exim_router *router)
{
	const struct sts_exim_block *block = &router->block;
	struct sts_str driver = sts_exim_value(block, "driver");

	if (is_on(block, "unseen") || router->conditions)
		return false;
	if (router->driver == STS_EXIM_MANUALROUTE)
		return !is_on(block, "more") ||
		       sts_exim_begins(
			   sts_exim_value(block, "route_list"), "* ");
	return router->driver == STS_EXIM_DNSLOOKUP ||
	       sts_str_eq(driver, "accept");
}

bool
sts_exim_next_router(const struct sts_exim *exim, struct sts_str *rest,
    struct sts_exim_router *router)
{
	struct sts_str driver;

	if (!sts_exim_next_block(rest, "router", &router->block))
		return false;
	driver = sts_exim_value(&router->block, "driver");
	router->driver = sts_str_eq(driver, "dnslookup") ? STS_EXIM_DNSLOOKUP
			 : sts_str_eq(driver, "manualroute")
			     ? STS_EXIM_MANUALROUTE
			     : STS_EXIM_OTHER;
	router->transport = sts_exim_value(&router->block, "transport");
	router->target = sts_exim_target(exim, router->transport);
	router->domains = sts_exim_value(&router->block, "domains");
	router->conditions = has_conditions(&router->block);
	router->verifies = is_on(&router->block, "verify_only");
	router->ends = ends(router);
	return true;
}

static int
add(const struct sts_exim *exim, const struct sts_exim_router *router,
    enum sts_exim_severity severity, const char *rule, const char *why,
    const char *instead)
{
	struct sts_exim_finding finding = {
	    severity, rule, "router", router->block.name, why, instead};

	return sts_exim_add(exim, &finding);
}

/* "<; ... ; QUESTION": its items have ";" between them. */
static bool
ignores(struct sts_str list)
{
	struct sts_str at, rest;

	if (!sts_exim_asks(list, "ignore", &at) || !sts_exim_begins(list, "<;"))
		return false;
	/* Only spaces or another item behind it. */
	rest.p = at.p + at.n;
	rest.n = (size_t)(list.p + list.n - rest.p);
	rest = sts_exim_trim(rest);
	return rest.n == 0 || rest.p[0] == ';';
}

/*
 * A router that looks up MX hosts must leave out those the policy does not
 * name: refused later, they get a retry record of their own, which delays
 * every other domain on them. With no host left the mail must wait.
 */
static int
check_match(const struct sts_exim *exim, const struct sts_exim_router *router)
{
	struct sts_str ignore, defer, at;

	ignore = sts_exim_value(&router->block, "ignore_target_hosts");
	defer = sts_exim_value(&router->block, "fail_defer_domains");
	if (!ignores(ignore))
		return add(exim, router, STS_EXIM_ERROR, "ignore_target_hosts",
		    "must be a list by ; that asks stsgate, or a refusal "
		    "delays other domains on the same host",
		    "ignore_target_hosts = <; YOUR ; HOSTS ; STSGATE_IGNORE");
	if (!sts_str_eq(defer, "*") &&
	    !(sts_exim_asks(defer, "defer", &at) && sts_exim_same(defer, at)))
		return add(exim, router, STS_EXIM_ERROR, "fail_defer_domains",
		    "must ask stsgate, or mail bounces where the policy names "
		    "none of the MX hosts",
		    "fail_defer_domains = STSGATE_DEFER");
	return 0;
}

static int
check_dnslookup(
    const struct sts_exim *exim, const struct sts_exim_router *router)
{
	if (router->target.use == STS_EXIM_VIA)
		return add(exim, router, STS_EXIM_ERROR, "mx-form",
		    "looks up MX hosts, but its transport asks for the policy "
		    "of a smart host",
		    "another transport, with stsgate-transport.conf");
	if (sts_exim_value(&router->block, "fallback_hosts").n > 0 &&
	    add(exim, router, STS_EXIM_WARNING, "fallback_hosts",
		"should be empty: a policy does not name such hosts, so they "
		"are refused",
		"leave fallback_hosts at its default") != 0)
		return -1;
	if (is_on(&router->block, "pass_on_timeout") &&
	    add(exim, router, STS_EXIM_WARNING, "pass_on_timeout",
		"who keeps DNS from answering sends the mail on to the next "
		"router, past the policy",
		"no_pass_on_timeout") != 0)
		return -1;
	return check_match(exim, router);
}

/* Does its domains expand to nothing at all ("fail")? Then it is not used. */
static bool
is_dead(const struct sts_exim *exim, struct sts_str domains)
{
	char text[4096];
	const char *const argv[] = {exim->binary, "-be", text, NULL};
	struct sts_exim_output out;
	bool dead;

	if (!sts_exim_begins(domains, "${if exists") ||
	    domains.n >= sizeof(text))
		return false;
	memcpy(text, domains.p, domains.n);
	text[domains.n] = '\0';
	if (sts_exim_run(argv, STS_EXIM_DEADLINE, &out) != 0)
		return false;
	dead = sts_exim_contains(out.text, "\"fail\" requested");
	sts_exim_output_free(&out);
	return dead;
}

/* The name may come from a macro or a lookup: then it is not known here. */
static bool
names(struct sts_str route, struct sts_str host)
{
	size_t i;

	if (sts_exim_contains(route, "$") || sts_exim_contains(host, "$"))
		return true;
	for (i = 0; i + host.n <= route.n; i++)
		if (sts_str_caseeq((struct sts_str){route.p + i, host.n}, host))
			return true;
	return false;
}

static int
check_manualroute(
    const struct sts_exim *exim, const struct sts_exim_router *router)
{
	struct sts_str route = sts_exim_value(&router->block, "route_list");

	if (is_dead(exim, router->domains))
		return 0;
	if (router->target.use == STS_EXIM_MX)
		return add(exim, router, STS_EXIM_ERROR, "smart-host-form",
		    "leads to hosts of its own list, but its transport asks "
		    "for the policy of the recipient's domain, which does not "
		    "name them",
		    "another transport, with stsgate-smarthost.conf and "
		    "STSGATE_SMARTHOST, or without stsgate");
	if (route.n > 0 && !names(route, router->target.domain))
		return add(exim, router, STS_EXIM_WARNING, "smart-host-name",
		    "its route_list does not have the smart host whose policy "
		    "the transport asks for",
		    "STSGATE_SMARTHOST = the name in route_list");
	return 0;
}

int
sts_exim_routers(const struct sts_exim *exim)
{
	struct sts_str rest = exim->routers;
	struct sts_exim_router router;
	int rc = 0;

	while (rc == 0 && sts_exim_next_router(exim, &rest, &router)) {
		if (router.target.use == STS_EXIM_NOTHING)
			continue;
		if (router.driver == STS_EXIM_DNSLOOKUP)
			rc = check_dnslookup(exim, &router);
		else if (router.driver == STS_EXIM_MANUALROUTE)
			rc = check_manualroute(exim, &router);
	}
	return rc;
}
