/* SPDX-License-Identifier: ISC */
#include "sts/match.h"

#include <string.h>

#include "name.h"
#include "sts/domain.h"

/* The first label, if it has a length and octets that a label can have. */
static bool
cut_label(struct sts_str host, struct sts_str *rest)
{
	const char *dot = memchr(host.p, '.', host.n);
	size_t i, n;

	if (dot == NULL || dot == host.p)
		return false;
	n = (size_t)(dot - host.p);
	if (n > STS_LABEL_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (host.p[i] < '!' || host.p[i] > '~')
			return false;
	*rest = (struct sts_str){dot + 1, host.n - n - 1};
	return true;
}

bool
sts_pattern_match(struct sts_str pattern, struct sts_str host)
{
	char made[STS_DOMAIN_SIZE];

	/* RFC 6125 section 6.4.2; of a pattern RFC 8461 demands A-labels. */
	if (!sts_name_is_ascii(host)) {
		if (sts_domain_parse(host, made) != STS_OK)
			return false;
		host = sts_str(made);
	}
	pattern = sts_name_undot(pattern);
	host = sts_name_undot(host);
	if (host.n == 0 || host.n > STS_DOMAIN_MAX || sts_name_is_ipv4(host))
		return false;
	if (pattern.n > 2 && memcmp(pattern.p, "*.", 2) == 0) {
		pattern = (struct sts_str){pattern.p + 2, pattern.n - 2};
		if (!cut_label(host, &host))
			return false;
	}
	return sts_name_valid(pattern, STS_NAME_DNS) &&
	       sts_str_caseeq(pattern, host);
}

bool
sts_policy_match(const struct sts_policy *policy, struct sts_str host)
{
	size_t i;

	for (i = 0; i < policy->n_mx; i++)
		if (sts_pattern_match(sts_str(policy->mx[i]), host))
			return true;
	return false;
}
