/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "exim_domains.h"
#include "exim_router.h"

/*
 * Which mail gets as far as a router? Routers are asked in turn; the first
 * that takes an address has it. So for every way in which a domain can be in
 * the lists of this one and of those before it: does it match here, and none
 * before it?
 */

/* The lists of all routers that end a way, up to this one. */
static void
gather(const struct sts_exim *exim, const struct sts_exim_router *to,
    struct sts_exim_atoms *atoms)
{
	struct sts_str rest = exim->routers;
	struct sts_exim_router router;

	*atoms = (struct sts_exim_atoms){.n = 0};
	sts_exim_atoms_add(atoms, to->domains);
	while (sts_exim_next_router(exim, &rest, &router) &&
	       router.block.text.p != to->block.text.p)
		if (router.ends)
			sts_exim_atoms_add(atoms, router.domains);
}

/* Bits out of the mail that an earlier router takes are cleared. */
static void
take_away(const struct sts_exim_atoms *atoms, struct sts_str domains,
    bool reached[1 << STS_EXIM_ATOMS])
{
	uint32_t in;

	for (in = 0; in < (uint32_t)1 << atoms->n; in++)
		if (sts_exim_atoms_match(atoms, domains, in))
			reached[in] = false;
}

/* Of mail that a policy holds for, or may. */
static bool
is_reached(const struct sts_exim *exim, const struct sts_exim_router *to)
{
	bool reached[1 << STS_EXIM_ATOMS];
	struct sts_exim_atoms atoms;
	struct sts_str rest = exim->routers;
	struct sts_exim_router router;
	uint32_t in;

	gather(exim, to, &atoms);
	if (atoms.full)
		return true; /* too much to be told */
	for (in = 0; in < (uint32_t)1 << atoms.n; in++)
		reached[in] = (in & atoms.held) == atoms.held &&
			      sts_exim_atoms_match(&atoms, to->domains, in);
	while (sts_exim_next_router(exim, &rest, &router) &&
	       router.block.text.p != to->block.text.p)
		if (router.ends)
			take_away(&atoms, router.domains, reached);
	for (in = 0; in < (uint32_t)1 << atoms.n; in++)
		if (reached[in])
			return true;
	return false;
}

/* Are domains that no list names among those it takes? */
static bool
is_broad(const struct sts_exim_router *router)
{
	struct sts_exim_atoms atoms = {.n = 0};

	sts_exim_atoms_add(&atoms, router->domains);
	return !router->conditions &&
	       sts_exim_atoms_match(&atoms, router->domains, 0);
}

static int
add_unprotected(
    const struct sts_exim *exim, const struct sts_exim_router *router)
{
	char why[STS_EXIM_WHY], name[128];
	bool broad = is_broad(router);
	struct sts_exim_finding finding = {
	    broad ? STS_EXIM_ERROR : STS_EXIM_WARNING, "unprotected", "router",
	    router->block.name, why,
	    ".include stsgate-router.conf in the router and "
	    "stsgate-transport.conf in its transport"};

	snprintf(why, sizeof(why),
	    "%s to MX hosts by transport %s, which does not ask stsgate: no "
	    "policy holds for it",
	    broad ? "sends mail" : "sends mail for some domains",
	    sts_str_escape(router->transport, name, sizeof(name)));
	return sts_exim_add(exim, &finding);
}

static int
add_unreached(const struct sts_exim *exim, const struct sts_exim_router *router)
{
	struct sts_exim_finding finding = {STS_EXIM_ERROR, "never-reached",
	    "router", router->block.name,
	    "asks stsgate, but routers before it take all its mail",
	    "the router before those"};

	return sts_exim_add(exim, &finding);
}

/*
 * Does a router that does not ask take more than what one with the same smart
 * host left over, which asks? So it is where that one is not right before it.
 */
static bool
passes_by(const struct sts_exim *exim, const struct sts_exim_router *to)
{
	struct sts_str route = sts_exim_value(&to->block, "route_list");
	struct sts_str rest = exim->routers;
	struct sts_exim_router router;
	bool asked = false, before = true, last = false;

	while (sts_exim_next_router(exim, &rest, &router)) {
		before = before && router.block.text.p != to->block.text.p;
		if (router.driver != STS_EXIM_MANUALROUTE ||
		    !sts_exim_same(
			sts_exim_value(&router.block, "route_list"), route))
			continue;
		asked = asked || router.target.use == STS_EXIM_VIA;
		if (before)
			last = router.target.use == STS_EXIM_VIA;
	}
	return route.n > 0 && asked && !last;
}

static int
add_passed_by(const struct sts_exim *exim, const struct sts_exim_router *router)
{
	char why[STS_EXIM_WHY], name[128];
	struct sts_exim_finding finding = {STS_EXIM_ERROR, "unprotected",
	    "router", router->block.name, why,
	    "before it one with stsgate-smarthost.conf in its transport, as "
	    "Debian's drop-ins have them (router/490_stsgate)"};

	snprintf(why, sizeof(why),
	    "sends mail to the smart host by transport %s, which does not ask "
	    "stsgate: no policy holds for it",
	    sts_str_escape(router->transport, name, sizeof(name)));
	return sts_exim_add(exim, &finding);
}

/* A transport that is not to be told before there is a message. */
static int
add_unknown(const struct sts_exim *exim, const struct sts_exim_router *router)
{
	bool expands = sts_exim_contains(router->transport, "$");
	struct sts_exim_finding finding = {
	    expands ? STS_EXIM_WARNING : STS_EXIM_ERROR, "transport", "router",
	    router->block.name,
	    expands ? "which transport it leads to is decided by each message: "
		      "whether it asks stsgate could not be looked at"
		    : "there is no transport of that name",
	    expands ? "the name of a transport" : NULL};

	return sts_exim_add(exim, &finding);
}

/* What comes from this host and one address. */
static bool
is_from_here(struct sts_str text)
{
	static const char head[] =
	    "${if and{{match_ip{$sender_host_address}"
	    "{<; 127.0.0.0/8 ; ::1}}{eqi{$sender_address}{";
	static const char tail[] = "}}}}";
	const size_t n = sizeof(head) - 1, m = sizeof(tail) - 1;

	return text.n > n + m && memcmp(text.p, head, n) == 0 &&
	       memcmp(text.p + text.n - m, tail, m) == 0 &&
	       memchr(text.p + n, '}', text.n - n - m) == NULL &&
	       memchr(text.p + n, '$', text.n - n - m) == NULL;
}

/* To the letter as the README has it. Reports go out whatever the policy says
 * (RFC 8460 section 3). */
static bool
is_for_reports(const struct sts_exim_router *router)
{
	struct sts_str text = sts_exim_value(&router->block, "condition");

	return sts_str_eq(text, "${if and{{eq{$sender_host_address}{}}"
				"{eq{$sender_ident}{stsgate}}}}") ||
	       is_from_here(text);
}

static int
check(const struct sts_exim *exim, const struct sts_exim_router *router)
{
	bool asks = router->target.use != STS_EXIM_NOTHING;

	if (asks)
		return is_reached(exim, router) ? 0
						: add_unreached(exim, router);
	if (router->driver == STS_EXIM_MANUALROUTE && router->target.smtp)
		return passes_by(exim, router) ? add_passed_by(exim, router)
					       : 0;
	if (router->driver != STS_EXIM_DNSLOOKUP || router->transport.n == 0 ||
	    router->verifies || is_for_reports(router) ||
	    !is_reached(exim, router))
		return 0;
	if (!router->target.known)
		return add_unknown(exim, router);
	return router->target.smtp ? add_unprotected(exim, router) : 0;
}

/* Is there a router that leads to the transport, or may? */
static bool
is_used(const struct sts_exim *exim, struct sts_str name)
{
	struct sts_str rest = exim->routers;
	struct sts_exim_router router;

	while (sts_exim_next_router(exim, &rest, &router))
		if (sts_exim_contains(router.transport, "$") ||
		    sts_str_caseeq(router.transport, name))
			return true;
	return false;
}

static int
check_unused(const struct sts_exim *exim)
{
	struct sts_str rest = exim->transports, domain;
	struct sts_exim_block block;

	while (sts_exim_next_block(&rest, "transport", &block)) {
		struct sts_exim_finding finding = {STS_EXIM_WARNING, "unused",
		    "transport", block.name,
		    "asks stsgate, but no router leads to it", NULL};

		if (sts_exim_use(&block, &domain) != STS_EXIM_NOTHING &&
		    !is_used(exim, block.name) &&
		    sts_exim_add(exim, &finding) != 0)
			return -1;
	}
	return 0;
}

int
sts_exim_reach(const struct sts_exim *exim)
{
	struct sts_str rest = exim->routers;
	struct sts_exim_router router;

	while (sts_exim_next_router(exim, &rest, &router))
		if (check(exim, &router) != 0)
			return -1;
	return check_unused(exim);
}
