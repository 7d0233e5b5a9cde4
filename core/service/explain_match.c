/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "sts/match.h"

/* What the hosts are held to, and what the domain serves if that differs. */
struct rules {
	const struct sts_policy *policy, *served;
};

static const char *
pattern_of(const struct sts_policy *policy, const char *host)
{
	size_t i;

	for (i = 0; i < policy->n_mx; i++)
		if (sts_pattern_match(sts_str(policy->mx[i]), sts_str(host)))
			return policy->mx[i];
	return NULL;
}

/* MX-1, MX-2: one host and the pattern that covers it. */
static void
tell_host(struct sts_steps *steps, const struct rules *rules, const char *host)
{
	char shown[STS_STEP_TEXT / 3], pattern[STS_STEP_TEXT / 3];
	const char *by = pattern_of(rules->policy, host);
	const char *more = "";

	if (rules->served != NULL &&
	    (pattern_of(rules->served, host) != NULL) != (by != NULL))
		more = by != NULL ? "; not by the policy served now"
				  : "; by the policy served now it does";
	sts_str_escape(sts_str(host), shown, sizeof(shown));
	sts_note(steps, by != NULL ? STS_STEP_OK : STS_STEP_NO, STS_RFC_MATCH,
	    "%s %s%s%s", shown, by != NULL ? "matches " : "matches no pattern",
	    by != NULL ? sts_str_escape(sts_str(by), pattern, sizeof(pattern))
		       : "",
	    more);
}

static void
tell_hosts(struct sts_explain *explain, const struct rules *rules)
{
	struct sts_steps *steps = &explain->steps;
	size_t i, n = explain->n_mx, good = 0;

	for (i = 0; i < n; i++)
		good +=
		    pattern_of(rules->policy, explain->mx_list[i].host) != NULL;
	sts_step(steps, "match", good == n ? STS_STEP_OK : STS_STEP_NO, 0,
	    STS_RFC_MATCH, "%zu of %zu MX host%s matched, mode %s", good, n,
	    n == 1 ? "" : "s", sts_mode_name(rules->policy->mode));
	for (i = 0; i < n; i++)
		tell_host(steps, rules, explain->mx_list[i].host);
}

static bool
takes_mail(const struct sts_explain *explain)
{
	return explain->n_mx > 0 && explain->mx_list[0].host[0] != '\0';
}

/* By the policy that holds now, else by the one that the domain serves. */
void
sts_explain_match(struct sts_explain *explain, const struct sts_answer *now)
{
	struct rules rules = {now->policy, explain->fresh.policy};
	struct sts_steps *steps = &explain->steps;

	if (now->kind != STS_ANSWER_POLICY)
		sts_step(steps, "match", STS_STEP_SKIP, 0, STS_RFC_MATCH,
		    "no policy to hold a host to");
	else if (rules.policy->mode == STS_MODE_NONE)
		sts_step(steps, "match", STS_STEP_SKIP, 0, STS_RFC_MATCH,
		    "mode none: nothing to hold a host to");
	else if (!takes_mail(explain))
		sts_step(steps, "match", STS_STEP_SKIP, 0, STS_RFC_MATCH,
		    "no MX host is known");
	else
		tell_hosts(explain, &rules);
}
