/* SPDX-License-Identifier: ISC */
#include "sts/override.h"

#define PINNED_ID "pinned"

bool
sts_override_asks(const struct sts_override *override)
{
	return override->kind == STS_OVERRIDE_TESTING ||
	       override->kind == STS_OVERRIDE_ENFORCE;
}

static struct sts_answer
no_policy(enum sts_answer_kind kind, const char *reason, const char *detail)
{
	return (struct sts_answer){.kind = kind,
	    .state = "override",
	    .reason = reason,
	    .detail = detail,
	    .id = ""};
}

static struct sts_answer
pinned(const struct sts_policy *policy)
{
	struct sts_answer answer = no_policy(STS_ANSWER_POLICY, "", "");

	answer.policy = policy;
	answer.id = PINNED_ID;
	return answer;
}

/* The same policy in another mode. */
static void
change_mode(struct sts_overridden *out, enum sts_mode mode)
{
	out->policy = *out->answer.policy;
	out->policy.mode = mode;
	out->answer.policy = &out->policy;
}

/*
 * Enforcement was demanded. A domain whose policy says none has withdrawn it:
 * what it still lists is nothing to hold its hosts to. So both that and no
 * policy at all let the mail wait; a fault is one as ever.
 */
static void
enforce(const struct sts_answer *own, struct sts_overridden *out)
{
	static const char reason[] = "override-no-policy";

	if (own->kind == STS_ANSWER_NONE)
		out->answer = no_policy(STS_ANSWER_TEMP, reason, own->reason);
	else if (own->kind == STS_ANSWER_POLICY &&
		 own->policy->mode == STS_MODE_NONE)
		out->answer = no_policy(STS_ANSWER_TEMP, reason, "mode-none");
	else if (own->kind == STS_ANSWER_POLICY)
		change_mode(out, STS_MODE_ENFORCE);
}

void
sts_override_apply(const struct sts_override *override,
    const struct sts_answer *own, struct sts_overridden *out)
{
	switch (override->kind) {
	case STS_OVERRIDE_OFF:
		out->answer = no_policy(STS_ANSWER_NONE, "override-off", "");
		return;
	case STS_OVERRIDE_PINNED:
		out->answer = pinned(override->policy);
		return;
	case STS_OVERRIDE_TESTING:
		out->answer = *own;
		if (own->kind == STS_ANSWER_POLICY &&
		    own->policy->mode == STS_MODE_ENFORCE)
			change_mode(out, STS_MODE_TESTING);
		return;
	case STS_OVERRIDE_ENFORCE:
		out->answer = *own;
		enforce(own, out);
		return;
	}
}
