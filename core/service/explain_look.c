/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "sts/override.h"

void
sts_look_none(struct sts_look *look, enum sts_answer_kind kind,
    const char *state, const char *reason, const char *detail)
{
	sts_look_free(look);
	snprintf(look->state, sizeof(look->state), "%s", state);
	snprintf(look->reason, sizeof(look->reason), "%s", reason);
	snprintf(look->detail, sizeof(look->detail), "%s", detail);
	look->answer = (struct sts_answer){.kind = kind,
	    .state = look->state,
	    .reason = look->reason,
	    .detail = look->detail,
	    .id = look->id};
}

bool
sts_look_copy(struct sts_look *look, const struct sts_answer *answer)
{
	sts_look_none(
	    look, answer->kind, answer->state, answer->reason, answer->detail);
	if (answer->kind != STS_ANSWER_POLICY)
		return true;
	if (sts_policy_parse(answer->policy->text, &look->policy, NULL) !=
	    STS_OK)
		return false;
	snprintf(look->id, sizeof(look->id), "%s", answer->id);
	look->answer.policy = look->policy;
	look->answer.fetched = answer->fetched;
	look->answer.expires = answer->expires;
	return true;
}

void
sts_look_free(struct sts_look *look)
{
	sts_policy_free(look->policy);
	look->policy = NULL;
}

/* How long until then, for people. */
static const char *
left(const struct sts_explain *explain, int64_t at, char buf[32])
{
	const struct sts_clock *clock = &explain->service->deps.clock;
	int64_t s = at - clock->ops->wall(clock->ctx);

	if (s > 0)
		snprintf(buf, 32, "in %lld s", (long long)s);
	else
		snprintf(buf, 32, "when mail asks"); /* it is due */
	return buf;
}

static void
note_policy(struct sts_explain *explain, const struct sts_domain_view *view)
{
	const struct sts_answer *answer = &view->answer;
	char from[32], until[32];

	sts_note(&explain->steps, STS_STEP_INFO, STS_RFC_POLICY,
	    "fetched %s, expires %s", sts_explain_time(answer->fetched, from),
	    sts_explain_time(answer->expires, until));
	sts_note(&explain->steps, STS_STEP_INFO, STS_RFC_FLOW,
	    "next look at TXT %s, next refresh %s",
	    left(explain, view->txt_next, from),
	    left(explain, view->refresh_next, until));
}

static void
note_trouble(struct sts_explain *explain, const struct sts_domain_view *view)
{
	struct sts_steps *steps = &explain->steps;
	char detail[STS_HTTP_DETAIL * 2], next[32];

	if (view->last_failure[0] != '\0')
		sts_note(steps, STS_STEP_NO, STS_RFC_FETCH,
		    "the last look failed: %s %s", view->last_failure,
		    sts_str_escape(
			sts_str(view->last_detail), detail, sizeof(detail)));
	if (view->retry_next > 0)
		sts_note(steps, STS_STEP_INFO, STS_RFC_FETCH,
		    "held off, the next try %s",
		    left(explain, view->retry_next, next));
	if (view->busy)
		sts_note(steps, STS_STEP_INFO, "", "a look-up is under way");
}

/* What the engine would answer now, unasked. */
static void
tell_view(
    struct sts_explain *explain, const struct sts_domain_view *view, int64_t ms)
{
	const struct sts_answer *answer = &view->answer;
	struct sts_steps *steps = &explain->steps;

	if (answer->kind == STS_ANSWER_POLICY) {
		explain->known = explain->live = true;
		sts_step(steps, "cache", STS_STEP_OK, ms, STS_RFC_FLOW,
		    "mode %s, id %s, %s", sts_mode_name(answer->policy->mode),
		    answer->id, answer->state);
		note_policy(explain, view);
	} else if (answer->kind == STS_ANSWER_NONE &&
		   strcmp(answer->state, "expired") != 0) {
		explain->known = true;
		sts_step(steps, "cache", STS_STEP_NO, ms, STS_RFC_FLOW,
		    "no policy: %s, %s", answer->state, answer->reason);
	} else {
		explain->known = answer->kind == STS_ANSWER_TEMP &&
				 strcmp(answer->reason, "not-known") != 0;
		sts_step(steps, "cache",
		    view->last_failure[0] != '\0' ? STS_STEP_NO : STS_STEP_SKIP,
		    ms, STS_RFC_FLOW, "%s, %s", answer->state, answer->reason);
	}
	note_trouble(explain, view);
}

static void
tell_override(struct sts_explain *explain)
{
	const struct sts_override *override = explain->override;
	char domain[STS_DOMAIN_SIZE * 2], origin[160];

	if (override == NULL)
		return;
	sts_step(&explain->steps, "override", STS_STEP_OK, 0, "",
	    "%s for %s, by %s", sts_override_name(override->kind),
	    sts_str_escape(sts_str(override->domain), domain, 100),
	    sts_str_escape(sts_str(override->origin), origin, sizeof(origin)));
	if (!sts_override_asks(override))
		sts_note(&explain->steps, STS_STEP_INFO, "",
		    "the domain itself is not asked for mail; this look is for "
		    "you");
}

void
sts_explain_cache(struct sts_explain *explain, enum sts_err err,
    const struct sts_domain_view *view)
{
	const struct sts_clock *clock = &explain->service->deps.clock;
	int64_t ms = clock->ops->mono(clock->ctx) - explain->began;

	if (err == STS_OK) {
		tell_view(explain, view, ms);
		if (explain->known &&
		    !sts_look_copy(&explain->held, &view->answer))
			explain->steps.failed = true;
	} else if (err == STS_ENOENT) {
		sts_step(&explain->steps, "cache", STS_STEP_SKIP, ms,
		    STS_RFC_FLOW, "nothing is known of this domain");
	} else {
		explain->blind = true;
		sts_step(&explain->steps, "cache", STS_STEP_NO, ms, "",
		    "the store cannot be read: %s", sts_err_name(err));
	}
	tell_override(explain);
}
