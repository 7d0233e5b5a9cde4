/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "exim_hook.h"
#include "exim_run.h"
#include "print.h"
#include "sts/client.h"
#include "sts/domain.h"

#define NOWHERE "nobody@stsgate.invalid" /* a domain that there cannot be */
#define WAIT_MS 12000

static int
add(const struct sts_exim *exim, const char *rule, const char *why)
{
	return sts_exim_tell(exim, STS_EXIM_ERROR, rule, why, NULL);
}

/* Has it been told that nothing can be asked? Then all else follows. */
static bool
is_told(const struct sts_exim *exim)
{
	static const char *const rules[] = {
	    "module", "dlfunc", "acl-file", "strict_acl_vars"};
	json_t *finding;
	size_t i, j;

	json_array_foreach (exim->report->errors, i, finding) {
		/* What is wrong with the service's own file has no rule. */
		const char *rule =
		    json_string_value(json_object_get(finding, "rule"));

		for (j = 0;
		     rule != NULL && j < sizeof(rules) / sizeof(rules[0]); j++)
			if (strcmp(rule, rules[j]) == 0)
				return true;
	}
	return false;
}

/*
 * What is wrong with routers shows when an address is routed: a list that is
 * not there, an expansion that fails. Exim calls that a panic; that a domain
 * is not there, or DNS does not answer, is none.
 */
int
sts_exim_routing(const struct sts_exim *exim)
{
	const char *const argv[] = {exim->binary, "-bt", NOWHERE, NULL};
	char why[STS_EXIM_WHY], shown[512];
	struct sts_exim_output out;
	struct sts_str said, line;
	int rc = 0;

	if (is_told(exim) || sts_exim_run(argv, STS_EXIM_DEADLINE, &out) != 0)
		return 0; /* of DNS, most likely */
	if (sts_exim_behind(out.words, "LOG: MAIN PANIC\n", &said) &&
	    sts_exim_next_line(&said, &line)) {
		sts_exim_words(line, shown, sizeof(shown));
		snprintf(why, sizeof(why), "no mail can be routed: %s", shown);
		rc = add(exim, "routing", why);
	}
	sts_exim_output_free(&out);
	return rc;
}

struct route {
	char router[128];
	char transport[128];
	struct sts_exim_target target;
};

static void
copy(struct sts_str text, char *out, size_t size)
{
	sts_str_escape(text, out, size);
}

/* "  router = NAME, transport = NAME", the first of them. */
static bool
read_route(
    const struct sts_exim *exim, struct sts_str text, struct route *route)
{
	struct sts_str line, rest, transport;

	while (sts_exim_next_line(&text, &line)) {
		if (!sts_exim_begins(line, "  router = ") ||
		    !sts_exim_behind(line, ", transport = ", &transport))
			continue;
		rest = (struct sts_str){line.p + strlen("  router = "), 0};
		rest.n =
		    (size_t)(transport.p - rest.p) - strlen(", transport = ");
		transport = sts_exim_trim(transport);
		copy(rest, route->router, sizeof(route->router));
		copy(transport, route->transport, sizeof(route->transport));
		route->target = sts_exim_target(exim, transport);
		return true;
	}
	return false;
}

/* The socket that the transports ask at. */
static void
find_socket(const struct sts_exim *exim, char *path, size_t size)
{
	struct sts_str text = exim->transports;
	struct sts_exim_call call = {.socket = {NULL, 0}};

	while (call.socket.n == 0 && sts_exim_next_call(&text, &call))
		;
	if (call.socket.n == 0)
		call.socket = sts_str(STS_EXIM_SOCKET);
	snprintf(path, size, "%.*s", (int)call.socket.n, call.socket.p);
}

/* "enforce", "testing", "none"; "unknown" where the service cannot tell. */
static const char *
ask_mode(const struct sts_exim *exim, const char *domain, char mode[16])
{
	char path[256], question[512], line[4096];
	struct sts_client_config client = {
	    .socket = path, .silence_ms = 1500, .total_ms = WAIT_MS};

	find_socket(exim, path, sizeof(path));
	snprintf(question, sizeof(question), "policy %s progress", domain);
	switch (sts_client_ask(&client, question, line, sizeof(line))) {
	case STS_REPLY_POLICY:
		return sts_client_value(line, "mode", mode, 16) == 0
			   ? mode
			   : "unknown";
	case STS_REPLY_NONE:
		return "none";
	default:
		return "unknown";
	}
}

static int
add_unrouted(
    const struct sts_exim *exim, const char *domain, struct sts_str said)
{
	char why[STS_EXIM_WHY], shown[384];
	struct sts_str line = {NULL, 0};

	/* Exim's words are last, behind what debug_print says. */
	while (sts_exim_next_line(&said, &line))
		;
	sts_exim_words(line, shown, sizeof(shown));
	snprintf(why, sizeof(why), "%s is not routed: %s", domain, shown);
	return add(exim, "try", why);
}

static int
judge(const struct sts_exim *exim, const char *domain,
    const struct route *route, const char *mode)
{
	bool asks = route->target.use != STS_EXIM_NOTHING;
	char why[STS_EXIM_WHY];

	exim->report->tried = json_pack("{ss ss ss sb ss}", "domain", domain,
	    "router", route->router, "transport", route->transport, "asks",
	    asks, "policy", mode);
	if (exim->report->tried == NULL)
		return -1;
	snprintf(why, sizeof(why),
	    "%s has a policy of mode %s, but its mail goes by router %s to "
	    "transport %s, which does not ask stsgate",
	    domain, mode, route->router, route->transport);
	if (!asks &&
	    (strcmp(mode, "enforce") == 0 || strcmp(mode, "testing") == 0))
		return add(exim, "try", why);
	if (strcmp(mode, "unknown") == 0) {
		snprintf(why, sizeof(why),
		    "the service cannot tell the policy of %s", domain);
		return add(exim, "try", why);
	}
	return 0;
}

static int
try(const struct sts_exim *exim, const char *domain)
{
	char address[STS_DOMAIN_SIZE + 16], mode[16];
	const char *const argv[] = {exim->binary, "-bt", address, NULL};
	struct sts_exim_output out;
	struct route route;
	int rc;

	snprintf(address, sizeof(address), "postmaster@%s", domain);
	rc = sts_exim_run(argv, STS_EXIM_ROUTING, &out);
	if (rc != 0)
		return sts_print_trouble(exim->binary, sts_exim_trouble(rc));
	if (read_route(exim, out.text, &route)) {
		rc = judge(exim, domain, &route, ask_mode(exim, domain, mode));
	} else {
		rc = add_unrouted(exim, domain, out.text);
	}
	sts_exim_output_free(&out);
	return rc == 0 ? STS_EXIT_YES
		       : sts_print_trouble(exim->binary, "out of memory");
}

int
sts_exim_try(const struct sts_exim *exim, const struct sts_cli *cli)
{
	char domain[STS_DOMAIN_SIZE];

	switch (sts_domain_parse(sts_str(cli->try_domain), domain)) {
	case STS_OK:
		return try(exim, domain);
	case STS_ENOMEM:
		return sts_print_trouble(cli->try_domain, "out of memory");
	default:
		sts_print_trouble(cli->try_domain, "not a mail domain");
		return STS_EXIT_USAGE;
	}
}
