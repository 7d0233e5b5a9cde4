/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "json.h"
#include "sts/match.h"
#include "sts/override.h"

#define SAY 600 /* octets of the sentence at the end */

struct say {
	char text[SAY];
	size_t n;
};

static void say(struct say *say, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct say *say, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(say->text + say->n, sizeof(say->text) - say->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		say->n += (size_t)n;
	if (say->n >= sizeof(say->text))
		say->n = sizeof(say->text) - 1;
}

/* "a policy of mode enforce, id 1" and so on. */
static void
say_answer(struct say *out, const struct sts_answer *answer)
{
	char detail[STS_HTTP_DETAIL * 2];

	if (answer->kind == STS_ANSWER_POLICY) {
		say(out, "a policy of mode %s, id %s",
		    sts_mode_name(answer->policy->mode), answer->id);
		return;
	}
	say(out, "%s (%s",
	    answer->kind == STS_ANSWER_NONE ? "no policy" : "temporary",
	    answer->reason);
	if (answer->detail[0] != '\0')
		say(out, " %s",
		    sts_str_escape(
			sts_str(answer->detail), detail, sizeof(detail)));
	say(out, ")");
}

static bool
covers(const struct sts_explain *explain, const struct sts_answer *now)
{
	const struct sts_task *task = explain->task;

	return !task->host_bad &&
	       sts_policy_match(now->policy, sts_str(task->host));
}

/* What it means to mail. */
static void
say_mail(struct say *out, const struct sts_explain *explain,
    const struct sts_answer *now)
{
	const struct sts_task *task = explain->task;
	char host[STS_DOMAIN_SIZE];

	if (now->kind == STS_ANSWER_TEMP) {
		say(out, "Mail waits in the queue: the answer is ");
		say_answer(out, now);
	} else if (now->kind == STS_ANSWER_NONE ||
		   now->policy->mode == STS_MODE_NONE) {
		say(out, "Mail is delivered as without MTA-STS: ");
		say_answer(out, now);
	} else if (now->policy->mode == STS_MODE_TESTING) {
		say(out, "Mail is delivered, failures are only logged: ");
		say_answer(out, now);
	} else if (task->host[0] == '\0') {
		say(out, "Mail goes only to MX hosts that match, by TLS with a "
			 "valid certificate: ");
		say_answer(out, now);
	} else {
		say(out, "Mail %s go to %s%s: ",
		    covers(explain, now) ? "may" : "must not",
		    sts_str_escape(sts_str(task->host), host, sizeof(host)),
		    covers(explain, now) ? ", by TLS with a valid certificate"
					 : ", which no pattern covers");
		say_answer(out, now);
	}
}

static bool
same(const struct sts_answer *a, const struct sts_answer *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind != STS_ANSWER_POLICY)
		return strcmp(a->reason, b->reason) == 0;
	return strcmp(a->id, b->id) == 0 &&
	       a->policy->text.n == b->policy->text.n &&
	       memcmp(a->policy->text.p, b->policy->text.p,
		   a->policy->text.n) == 0;
}

/* Where the domain's own answer is from, and what this look gives if that
 * differs. */
static void
say_own(struct say *out, const struct sts_explain *explain,
    const struct sts_answer *own)
{
	char until[32];

	if (!explain->known) {
		say(out, "; nothing is held, so the next mail looks as this "
			 "did");
		return;
	}
	if (explain->live)
		say(out, ", held until %s",
		    sts_explain_time(own->expires, until));
	else
		say(out, ", held for a while");
	if (same(own, &explain->fresh.answer)) {
		say(out, "; the domain says the same now");
		return;
	}
	/* What the domain put in its place does not wait till then. */
	if (explain->live && explain->fresh.answer.kind == STS_ANSWER_POLICY)
		say(out, "; the next %s brings ",
		    strcmp(own->id, explain->fresh.answer.id) != 0
			? "look at TXT"
			: "refresh");
	else
		say(out, "; without it this look would give ");
	say_answer(out, &explain->fresh.answer);
}

static void
say_source(struct say *out, const struct sts_explain *explain,
    const struct sts_answer *own)
{
	const struct sts_override *override = explain->override;
	char origin[200];

	if (override != NULL) {
		say(out,
		    ", by the override %s of %s; the domain itself would "
		    "give ",
		    sts_override_name(override->kind),
		    sts_str_escape(
			sts_str(override->origin), origin, sizeof(origin)));
		say_answer(out, own);
	}
	if (override == NULL || sts_override_asks(override))
		say_own(out, explain, own);
}

static json_t *
answer_json(const struct sts_answer *answer)
{
	if (answer->kind == STS_ANSWER_POLICY)
		return json_pack("{s:s, s:s, s:s, s:s}", "kind", "policy",
		    "mode", sts_mode_name(answer->policy->mode), "id",
		    answer->id, "state", answer->state);
	return json_pack("{s:s, s:s, s:s, s:o}", "kind",
	    answer->kind == STS_ANSWER_NONE ? "none" : "temp", "state",
	    answer->state, "reason", answer->reason, "detail",
	    sts_json_remote(answer->detail));
}

/* The answer that mail gets now, as one object. */
static json_t *
now_json(const struct sts_explain *explain, const struct sts_answer *now)
{
	json_t *json = answer_json(now);
	const char *from = explain->override != NULL ? "override"
			   : explain->known          ? "cache"
						     : "look";
	bool binds = now->kind == STS_ANSWER_POLICY &&
		     now->policy->mode != STS_MODE_NONE;

	if (json_object_set_new(json, "from", json_string(from)) != 0)
		goto fail;
	if (explain->task->host[0] != '\0' && binds &&
	    json_object_set_new(
		json, "match", json_boolean(covers(explain, now))) != 0)
		goto fail;
	return json;
fail:
	json_decref(json);
	return NULL;
}

static void
answer_step(struct sts_explain *explain, const struct sts_answer *now)
{
	const struct sts_task *task = explain->task;
	struct say out = {"", 0};
	bool good = now->kind != STS_ANSWER_TEMP;

	if (good && task->host[0] != '\0' && now->kind == STS_ANSWER_POLICY &&
	    now->policy->mode == STS_MODE_ENFORCE)
		good = covers(explain, now);
	say_answer(&out, now);
	sts_step(&explain->steps, "answer", good ? STS_STEP_OK : STS_STEP_NO, 0,
	    STS_RFC_FLOW, "%.200s", out.text);
}

/* What the engine would answer: what it knows, or what it would find. */
static const struct sts_answer *
own_answer(struct sts_explain *explain)
{
	if (explain->known)
		return &explain->held.answer;
	if (explain->blind && explain->fresh.answer.kind == STS_ANSWER_NONE)
		sts_look_none(&explain->fresh, STS_ANSWER_TEMP, "unknown",
		    "store-failed", "");
	return &explain->fresh.answer;
}

json_t *
sts_explain_end(struct sts_explain *explain)
{
	const struct sts_answer *own = own_answer(explain);
	struct sts_overridden now = {.answer = *own};
	const struct sts_task *task = explain->task;
	struct sts_steps *steps = &explain->steps;
	struct say out = {"", 0};

	if (explain->override != NULL)
		sts_override_apply(explain->override, own, &now);
	if (task->host[0] == '\0')
		sts_explain_mx(explain);
	sts_explain_match(explain, &now.answer);
	answer_step(explain, &now.answer);
	say_mail(&out, explain, &now.answer);
	say_source(&out, explain, own);
	if (steps->failed)
		return NULL;
	return json_pack("{s:s, s:o, s:O, s:I, s:o, s:o, s:s}", "domain",
	    task->domain, "host", sts_json_remote(task->host), "steps",
	    steps->list, "left_out", (json_int_t)steps->left_out, "answer",
	    now_json(explain, &now.answer), "fresh",
	    answer_json(&explain->fresh.answer), "why", out.text);
}
