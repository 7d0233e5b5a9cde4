/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "exim_hook.h"
#include "exim_rules.h"

/*
 * The question is the list's first item, or it is not asked of every host; or
 * "${if eq{QUESTION}{}{YOURS}{*}}", your demands where it has none.
 */
static bool
asks_of_all(struct sts_str value, struct sts_str at)
{
	struct sts_str rest = value;

	if (at.p == value.p) {
		rest = sts_exim_trim(
		    (struct sts_str){value.p + at.n, value.n - at.n});
		return rest.n == 0 || rest.p[0] == ':';
	}
	if (!sts_exim_cut(&rest, "${if eq{") || rest.p != at.p)
		return false;
	rest = (struct sts_str){rest.p + at.n, rest.n - at.n};
	return sts_exim_cut(&rest, "}{}{") && rest.n > 4 &&
	       memcmp(rest.p + rest.n - 5, "}{*}}", 5) == 0;
}

static bool
holds(const struct sts_exim_block *block, const struct sts_exim_rule *rule,
    enum sts_exim_state state, struct sts_str value)
{
	struct sts_str at = {NULL, 0};
	bool asks = rule->word != NULL && sts_exim_asks(value, rule->word, &at);
	bool whole = asks && sts_exim_same(value, at);
	bool is = state == STS_EXIM_VALUE && rule->text != NULL &&
		  sts_str_eq(value, rule->text);

	switch (rule->test) {
	case STS_EXIM_FIRST:
		return asks && at.p == value.p;
	case STS_EXIM_LIST:
		return (asks && asks_of_all(value, at)) ||
		       (state == STS_EXIM_VALUE && sts_str_eq(value, "*"));
	case STS_EXIM_GUARD:
		return state == STS_EXIM_FALSE || whole;
	case STS_EXIM_SOURCE:
	case STS_EXIM_WHOLE:
		return whole;
	case STS_EXIM_NAME:
		return is || whole;
	case STS_EXIM_CERT:
		return sts_exim_is_light(block) ? is : whole;
	case STS_EXIM_IS:
		return is || state == STS_EXIM_ABSENT;
	case STS_EXIM_OFF:
		return state == STS_EXIM_FALSE || state == STS_EXIM_ABSENT;
	case STS_EXIM_SET:
		return state == STS_EXIM_VALUE && value.n > 0;
	case STS_EXIM_EMPTY:
		return value.n == 0;
	}
	return false;
}

static int
check_rule(const struct sts_exim *exim, const struct sts_exim_rule *rule,
    const struct sts_exim_block *block)
{
	struct sts_exim_finding finding = {rule->severity, rule->option,
	    "transport", block->name, rule->why, rule->instead};
	struct sts_str value = {NULL, 0};
	enum sts_exim_state state =
	    sts_exim_option(block, rule->option, &value);

	if (holds(block, rule, state, value))
		return 0;
	if (rule->test == STS_EXIM_SOURCE && value.n > 0 &&
	    !sts_exim_contains(value, "stsgate")) {
		finding.severity = STS_EXIM_WARNING;
		finding.why = "an address of your own instead of the hook: a "
			      "refusal delays other domains on the same host";
	}
	return sts_exim_add(exim, &finding);
}

/* Calls by module and by socket side by side: one of the two does not work. */
static int
check_mixture(const struct sts_exim *exim, const struct sts_exim_block *block)
{
	struct sts_exim_finding finding = {STS_EXIM_ERROR, "mixed-forms",
	    "transport", block->name,
	    "asks stsgate by dlfunc in some options and by the ACL in others",
	    "one form: either stsgate-macros.conf or "
	    "stsgate-light-macros.conf"};
	struct sts_str text = block->text;
	struct sts_exim_call call;
	bool seen[2] = {false, false};

	while (sts_exim_next_call(&text, &call))
		seen[call.form] = true;
	return seen[STS_EXIM_DLFUNC] && seen[STS_EXIM_LIGHT]
		   ? sts_exim_add(exim, &finding)
		   : 0;
}

/* Some questions about the smart host, others about the recipient's domain. */
static int
check_domains(const struct sts_exim *exim, const struct sts_exim_block *block)
{
	struct sts_exim_finding finding = {STS_EXIM_ERROR, "domain",
	    "transport", block->name,
	    "names the smart host in some of its questions and not in others",
	    ".include stsgate-smarthost.conf for a smart host, "
	    "stsgate-transport.conf for MX hosts, and nothing of the other"};
	struct sts_str text = block->text;
	struct sts_exim_call call;

	while (sts_exim_next_call(&text, &call))
		if (call.domain.n == 0)
			return sts_exim_add(exim, &finding);
	return 0;
}

static int
check_rules(const struct sts_exim *exim, const struct sts_exim_rule *rule,
    const struct sts_exim_block *block)
{
	for (; rule->option != NULL; rule++)
		if (check_rule(exim, rule, block) != 0)
			return -1;
	return 0;
}

static int
check_transport(const struct sts_exim *exim, const struct sts_exim_block *block,
    enum sts_exim_use use)
{
	bool via = use == STS_EXIM_VIA;

	if (check_rules(exim, via ? sts_exim_rules_via : sts_exim_rules_mx,
		block) != 0 ||
	    check_rules(exim, sts_exim_rules_common, block) != 0 ||
	    (via && check_domains(exim, block) != 0))
		return -1;
	return check_mixture(exim, block);
}

int
sts_exim_transports(const struct sts_exim *exim)
{
	struct sts_str rest = exim->transports, domain;
	struct sts_exim_block block;
	size_t n = 0;

	while (sts_exim_next_block(&rest, "transport", &block)) {
		enum sts_exim_use use = sts_exim_use(&block, &domain);

		if (use == STS_EXIM_NOTHING)
			continue;
		n++;
		if (check_transport(exim, &block, use) != 0)
			return -1;
	}
	return n == 0 ? sts_exim_idle(exim) : 0;
}
