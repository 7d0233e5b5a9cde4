/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "attempt.h"
#include "exim.h"
#include "hostlist.h"
#include "names.h"
#include "report.h"
#include "sts/client.h"

/* Three octets for each of the longest policy: "mx:*.a" makes 19 of 7. */
#define LIST_SIZE (3 * STS_CLIENT_LINE)

static const char everyone[] = "*";

/* Append one pattern as a negated regular expression. */
static int
add_pattern(char *out, size_t size, const char *pattern)
{
	size_t n = strlen(out);
	const char *head = "! ^(?i)";

	/* Each octet makes two at most. */
	if (n + strlen(pattern) * 2 + 32 > size)
		return -1;
	if (strncmp(pattern, "*.", 2) == 0) {
		head = "! ^(?i)[^.]+";
		pattern++;
	}
	n += (size_t)sprintf(out + n, "%s", head);
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '.')
			out[n++] = '\\';
		out[n++] = *pattern;
	}
	memcpy(out + n, "$ ; ", 5);
	return 0;
}

/* Does it name domain itself, which is its own host without MX records? */
static bool
names_domain(const char *pattern, const char *domain)
{
	if (pattern[0] == '*') {
		pattern++;
		domain += strcspn(domain, ".");
	}
	return strcasecmp(pattern, domain) == 0;
}

/* Without MX records the router has the host as $domain has it, not as DNS.
 * It came with the mail, so nothing in it may mean anything in a list. */
static bool
is_ulabels(const char *text)
{
	char one[2] = "";

	for (; *text != '\0'; text++) {
		one[0] = *text;
		if ((unsigned char)*text < 0x80 && *text != '.' &&
		    !sts_name_ok(one))
			return false;
	}
	return true;
}

/* What cannot be written as a list lets nobody through. */
static const char *
all_but(const struct sts_call *call, const char *mx)
{
	static char list[LIST_SIZE];
	char one[STS_NAME_SIZE + 2];
	bool itself = false;
	size_t n;

	list[0] = '\0';
	for (; *mx != '\0'; mx += n + (mx[n] == ',')) {
		n = strcspn(mx, ",");
		if (n < sizeof(one)) {
			memcpy(one, mx, n);
			one[n] = '\0';
		}
		if (n >= sizeof(one) || !sts_pattern_ok(one) ||
		    add_pattern(list, sizeof(list) - STS_NAME_SIZE, one) != 0) {
			sts_exim_log("the policy of %.255s has a list of MX "
				     "hosts that cannot be used: deferring",
			    sts_name_ok(call->domain) ? call->domain : "?");
			return everyone;
		}
		itself = itself || names_domain(one, call->domain);
	}
	if (itself && call->ulabels[0] != '\0' && is_ulabels(call->ulabels))
		(void)add_pattern(
		    list, sizeof(list) - STS_NAME_SIZE, call->ulabels);
	n = strlen(list);
	if ((size_t)snprintf(list + n, sizeof(list) - n, "%s",
		call->rest != NULL ? call->rest : everyone) >= sizeof(list) - n)
		return everyone;
	return list;
}

static const char *
ignore_list(const struct sts_call *call)
{
	struct sts_memo *m;
	const char *mx;

	switch (sts_ask_patterns(call, &mx)) {
	case STS_NONE:
	case STS_TESTING:
		return "";
	case STS_ENFORCE:
		m = sts_memo_find(call->domain);
		if (m != NULL && call->rest == NULL)
			m->passed = true; /* perhaps */
		return all_but(call, mx);
	default:
		sts_report_temp(call);
		return everyone;
	}
}

/* Whose hosts were last kept away: the policy may change in between. */
static char withheld[STS_NAME_SIZE];

const char *
sts_hostlist_ignore(const struct sts_call *call)
{
	const char *list = ignore_list(call);

	if (list[0] != '\0')
		memcpy(withheld, call->domain, sizeof(withheld));
	else
		withheld[0] = '\0';
	return list;
}

/* Not known counts as enforced. */
static bool
unprotected(const struct sts_call *call)
{
	enum sts_stance stance = sts_ask_policy(call);

	return stance == STS_NONE || stance == STS_TESTING;
}

const char *
sts_hostlist_interface(const struct sts_call *call)
{
	return unprotected(call) ? "" : "<; 0.0.0.0 ; ::";
}

const char *
sts_hostlist_retry(const struct sts_call *call)
{
	char host[STS_NAME_SIZE];
	bool match;

	sts_exim_value("$host", host, sizeof(host));
	switch (sts_ask_verdict(call, host, &match)) {
	case STS_NONE:
	case STS_TESTING:
		return "true";
	case STS_ENFORCE:
		return match ? "true" : "false";
	default:
		return "false";
	}
}

const char *
sts_hostlist_rest(const struct sts_call *call)
{
	struct sts_memo *m = sts_memo_find(call->domain);

	if (m != NULL)
		m->passed = true;
	return everyone;
}

/*
 * The transport, which reports hosts that were passed over, will not run.
 * Looking earlier, where Exim is root, would be too early.
 */
const char *
sts_hostlist_defer(const struct sts_call *call)
{
	bool open = unprotected(call);

	if (!open && !sts_exim_in_callout())
		sts_attempt_report_passed_over(call);
	if (strcmp(withheld, call->domain) == 0 || !open)
		return everyone;
	return "";
}

const char *
sts_hostlist_domains(const struct sts_call *call)
{
	enum sts_stance stance = sts_ask_policy(call);
	const struct sts_memo *m;

	if (stance == STS_TEMP)
		sts_report_temp(call);
	m = sts_memo_find(call->domain);
	return stance == STS_NONE && (m == NULL || !m->tell) ? "!*" : everyone;
}

const char *
sts_hostlist_tls(const struct sts_call *call)
{
	return unprotected(call) ? "" : everyone;
}
