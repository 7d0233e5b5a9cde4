/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "exim.h"
#include "names.h"

#define LABEL_MAX 63
#define TEXT_MAX  253
#define CHAIN_MAX 8

static bool
name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool
sts_name_ok(const char *name)
{
	size_t label = 0;
	size_t n;

	for (n = 0; name[n] != '\0'; n++) {
		if (name[n] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!name_char(name[n]) || ++label > LABEL_MAX) {
			return false;
		}
		if (n >= TEXT_MAX)
			return false;
	}
	return label > 0;
}

bool
sts_pattern_ok(const char *pattern)
{
	return sts_name_ok(
	    strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern);
}

static void
add(struct sts_names *names, const char *p, size_t n)
{
	char *to;

	if (names->n >= STS_NAMES_MAX || n >= STS_NAME_SIZE)
		return;
	to = names->name[names->n];
	memcpy(to, p, n);
	to[n] = '\0';
	if (sts_name_ok(to))
		names->n++;
}

/* Ask Exim for records of one type; 0 unless it failed. */
static int
look_up(const char *type, const char *name, struct sts_names *out)
{
	char text[STS_NAME_SIZE + 64];
	const char *p;

	out->n = 0;
	if (!sts_name_ok(name))
		return -1;
	snprintf(text, sizeof(text), "${lookup dnsdb{>: dnssec_lax,%s=%s}}",
	    type, name);
	p = sts_exim_expand(text);
	if (p == NULL)
		return -1;
	for (; *p != '\0'; p += strspn(p, ": \n")) {
		size_t n = strcspn(p, ": \n");

		add(out, p, n);
		p += n;
	}
	return 0;
}

void
sts_names_mx(const char *domain, struct sts_names *out)
{
	if (look_up("mxh", domain, out) == 0 && out->n == 0)
		add(out, domain, strlen(domain));
}

bool
sts_names_has(const struct sts_names *names, const char *host)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcasecmp(names->name[i], host) == 0)
			return true;
	return false;
}

bool
sts_names_listed(const char *list, const char *host)
{
	size_t len = strlen(host);
	size_t n;

	if (!sts_name_ok(host))
		return false;
	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && strncasecmp(list, host, n) == 0)
			return true;
	}
	return false;
}

bool
sts_names_leads(const char *name, const char *host)
{
	struct sts_names next;
	char at[STS_NAME_SIZE];
	int i;

	if (!sts_name_ok(name))
		return false;
	snprintf(at, sizeof(at), "%s", name);
	for (i = 0; i < CHAIN_MAX; i++) {
		if (look_up("cname", at, &next) != 0 || next.n != 1)
			return false;
		if (strcasecmp(next.name[0], host) == 0)
			return true;
		memcpy(at, next.name[0], sizeof(at));
	}
	return false;
}
