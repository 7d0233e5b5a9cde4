/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table_route.h"

#define NONE_MS     300000
#define ENFORCED_MS 60000
#define LIFE_MAX_S  3600
#define MS_PER_S    1000
#define LABEL_MAX   63

#define RELAY_MAX 64 /* HOST_NAME_MAX of Linux: smtpd takes no longer one */

static const char below[] = "stsgate.invalid";

static bool
is_label(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || n > LABEL_MAX || p[0] == '-' || p[n - 1] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!isascii((unsigned char)p[i]) ||
		    (!isalnum((unsigned char)p[i]) && p[i] != '-' &&
			p[i] != '_'))
			return false;
	return true;
}

bool
sts_is_host(const char *name)
{
	if (strlen(name) >= STS_HOST_SIZE)
		return false;
	for (;;) {
		size_t n = strcspn(name, ".");

		if (!is_label(name, n))
			return false;
		if (name[n] == '\0')
			return true;
		name += n + 1;
	}
}

static int64_t
life(const char *line, int64_t now)
{
	char value[24];
	int64_t until;

	if (sts_client_value(line, "until", value, sizeof(value)) != 0 ||
	    (until = sts_client_number(value)) <= now)
		return 0;
	if (until - now > LIFE_MAX_S)
		until = now + LIFE_MAX_S;
	return (until - now) * MS_PER_S;
}

/* It goes into a line to smtpd, which half a line would end. */
static void
read_reason(const char *line, struct sts_route *route)
{
	if (sts_client_value(
		line, "reason", route->text, sizeof(route->text)) != 0 ||
	    !is_label(route->text, strlen(route->text)))
		snprintf(route->text, sizeof(route->text), "service-error");
}

static bool
has_mode(const char *line, const char *wanted)
{
	char mode[16];

	return sts_client_value(line, "mode", mode, sizeof(mode)) == 0 &&
	       strcmp(mode, wanted) == 0;
}

static void
enforced(struct sts_route *route, const char *why)
{
	route->kind = STS_ROUTE_ENFORCED;
	route->life_ms = ENFORCED_MS;
	snprintf(route->text, sizeof(route->text), "%s", why);
}

static void
read_none(const char *line, struct sts_route *route)
{
	char host[STS_HOST_SIZE];

	route->kind = STS_ROUTE_NONE;
	route->life_ms = NONE_MS;
	route->asked_mx = sts_client_value(line, "mx", host, sizeof(host)) == 0;
	if (route->asked_mx && sts_is_host(host))
		memcpy(route->text, host, sizeof(host));
}

/* Either is said for mode enforce alone. */
static void
read_route(enum sts_reply_kind kind, const char *line, int64_t now,
    struct sts_route *route)
{
	route->life_ms = life(line, now);
	route->kind = STS_ROUTE_BLOCKED;
	if (kind == STS_REPLY_BLOCKED) {
		read_reason(line, route);
		return;
	}
	route->kind = STS_ROUTE_HOST;
	if (sts_client_value(line, "host", route->text, sizeof(route->text)) !=
		0 ||
	    !sts_is_host(route->text))
		enforced(route, "no-host");
}

static void
read_temp(const char *line, struct sts_route *route)
{
	if (line[0] == '\0')
		snprintf(route->text, sizeof(route->text), "service-gone");
	else if (strncmp(line, "STS1 temp ", strlen("STS1 temp ")) != 0)
		snprintf(route->text, sizeof(route->text), "service-error");
	else
		read_reason(line, route);
	if (strcmp(route->text, "service-error") != 0 &&
	    has_mode(line, "enforce")) {
		route->kind = STS_ROUTE_ENFORCED;
		route->life_ms = ENFORCED_MS;
	}
}

void
sts_route_read(enum sts_reply_kind kind, const char *line, int64_t now,
    struct sts_route *route)
{
	bool enforce = has_mode(line, "enforce");

	*route = (struct sts_route){.kind = STS_ROUTE_UNKNOWN};
	if (kind == STS_REPLY_TEMP)
		read_temp(line, route);
	else if (kind == STS_REPLY_NONE ||
		 (kind == STS_REPLY_POLICY && !enforce))
		read_none(line, route);
	else if (kind == STS_REPLY_POLICY)
		enforced(route, "probing");
	else if (enforce &&
		 (kind == STS_REPLY_ROUTE || kind == STS_REPLY_BLOCKED))
		read_route(kind, line, now, route);
	else
		snprintf(route->text, sizeof(route->text), "service-error");
}

bool
sts_route_is_passing(const struct sts_route *route)
{
	static const char *const reasons[] = {"not-known", "service-gone",
	    "busy", "no-memory", "output-limit", "answer-too-long", "stopping",
	    "limit", "store-failed"};
	size_t i;

	if (route->kind != STS_ROUTE_UNKNOWN)
		return false;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(route->text, reasons[i]) == 0)
			return true;
	return false;
}

void
sts_route_value(
    const struct sts_route *route, const char *domain, char *out, size_t size)
{
	const char *why = route->text;
	char name[3 * STS_HOST_SIZE];

	if ((route->kind == STS_ROUTE_HOST || route->kind == STS_ROUTE_NONE) &&
	    sts_is_host(route->text)) {
		if (strlen(route->text) <= RELAY_MAX) {
			snprintf(out, size, "smtp+tls://%s", route->text);
			return;
		}
		why = "mx-name-too-long";
	} else if (route->kind == STS_ROUTE_NONE)
		why = "no-mx";
	else if (!is_label(why, strlen(why)))
		why = "no-host";
	snprintf(name, sizeof(name), "%s.%.*s.%s", why, STS_HOST_SIZE, domain,
	    below);
	if (!sts_is_host(name) || strlen(name) > RELAY_MAX)
		snprintf(name, sizeof(name), "%s.%s", why, below);
	snprintf(out, size, "smtp+tls://%s", name);
}
