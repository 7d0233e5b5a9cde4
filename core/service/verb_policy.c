/* SPDX-License-Identifier: ISC */
#include "sts/match.h"
#include "task.h"

static void
put_list(struct sts_buf *out, const char *const *mx, size_t n)
{
	size_t i;

	sts_buf_text(out, " mx=");
	for (i = 0; i < n; i++) {
		if (i > 0)
			sts_buf_add(out, ",", 1);
		sts_buf_value(out, sts_str(mx[i]), ",");
	}
}

static void
on_policy(void *arg, const struct sts_answer *answer)
{
	struct sts_task *task = arg;
	struct sts_buf *out = task->out;

	if (answer->kind != STS_ANSWER_POLICY) {
		sts_task_no_policy(task, answer, true);
		return;
	}
	sts_buf_text(out, "STS1 policy ");
	sts_buf_text(out, task->domain);
	sts_buf_key(out, "mode", sts_mode_name(answer->policy->mode));
	sts_buf_key(out, "id", answer->id);
	sts_buf_key(out, "state", answer->state);
	sts_buf_key_number(out, "fetched", answer->fetched);
	sts_buf_key_number(out, "expires", answer->expires);
	put_list(out, answer->policy->mx, answer->policy->n_mx);
	sts_task_done(task);
}

void
sts_verb_policy(struct sts_task *task, const struct sts_question *question)
{
	if (sts_task_policy_domain(task, question->word[0]))
		sts_task_ask(task, on_policy);
}

void
sts_verb_refresh(struct sts_task *task, const struct sts_question *question)
{
	if (sts_task_policy_domain(task, question->word[0]))
		sts_task_refresh(task, on_policy);
}

static void
on_verdict(void *arg, const struct sts_answer *answer)
{
	struct sts_task *task = arg;
	struct sts_buf *out = task->out;
	bool match;

	if (sts_task_no_policy(task, answer, false))
		return;
	match = !task->host_bad &&
		sts_policy_match(answer->policy, sts_str(task->host));
	if (!match && answer->policy->mode == STS_MODE_ENFORCE &&
	    sts_task_recheck(task, on_verdict))
		return;
	sts_buf_text(out, match ? "STS1 match " : "STS1 mismatch ");
	sts_buf_text(out, task->domain);
	sts_buf_key(out, "mode", sts_mode_name(answer->policy->mode));
	sts_buf_key(out, "host", task->host);
	sts_buf_key(out, "id", answer->id);
	sts_task_done(task);
}

void
sts_verb_verdict(struct sts_task *task, const struct sts_question *question)
{
	if (sts_task_host(task, question->word[1]) &&
	    sts_task_policy_domain(task, question->word[0]))
		sts_task_ask(task, on_verdict);
}
