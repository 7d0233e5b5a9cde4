/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "sts/match.h"
#include "override_task.h"
#include "task.h"

/*
 * Questions of a client that can only compare (Exim's ${readsocket}): what was
 * asked about is repeated to the octet, and one word follows.
 */

/* The first words of the answer; they outlive the question. */
static bool
keep_asked(struct sts_task *task, const struct sts_question *question)
{
	struct sts_str first = question->word[0];
	struct sts_str last = question->word[question->n - 1];

	/* The words are slices of one line, with single spaces between. */
	task->n_asked = (size_t)(last.p + last.n - first.p);
	task->asked = malloc(task->n_asked + 1);
	if (task->asked == NULL) {
		sts_task_temp(task, "no-memory", "");
		return false;
	}
	memcpy(task->asked, first.p, task->n_asked);
	return true;
}

static void
put_asked(struct sts_task *task)
{
	sts_buf_text(task->out, "STS1 ");
	sts_buf_text(task->out, task->verb->name);
	sts_buf_add(task->out, " ", 1);
	sts_buf_add(task->out, task->asked, task->n_asked);
}

static void
say(struct sts_task *task, const char *word)
{
	put_asked(task);
	sts_buf_add(task->out, " ", 1);
	sts_buf_text(task->out, word);
	sts_task_done(task);
}

/* Where no policy of testing or enforce holds; false: one does. */
static bool
said_none(struct sts_task *task, const struct sts_answer *answer)
{
	if (answer->kind == STS_ANSWER_TEMP)
		sts_task_temp(task, answer->reason, answer->detail);
	else if (answer->kind == STS_ANSWER_NONE ||
		 answer->policy->mode == STS_MODE_NONE)
		say(task, "none");
	else
		return false;
	return true;
}

static void
on_stance(void *arg, const struct sts_answer *answer)
{
	struct sts_task *task = arg;
	bool enforce, match;

	if (said_none(task, answer))
		return;
	enforce = answer->policy->mode == STS_MODE_ENFORCE;
	match = !task->host_bad &&
		sts_policy_match(answer->policy, sts_str(task->host));
	/* A host that matches may still be refused, for its TLS. */
	if (enforce && sts_task_recheck(task, on_stance))
		return;
	if (match)
		say(task, enforce ? "enforce" : "testing");
	else
		say(task, enforce ? "enforce-mismatch" : "testing-mismatch");
}

static void
on_hosts(void *arg, const struct sts_answer *answer)
{
	struct sts_task *task = arg;
	size_t i;

	if (said_none(task, answer))
		return;
	if (answer->policy->mode == STS_MODE_TESTING) {
		say(task, "testing");
		return;
	}
	/* The router may be left with no host, and the mail be returned. */
	if (sts_task_recheck(task, on_hosts))
		return;
	put_asked(task);
	sts_buf_text(task->out, " only ");
	for (i = 0; i < answer->policy->n_mx; i++) {
		if (i > 0)
			sts_buf_add(task->out, ",", 1);
		sts_buf_value(task->out, sts_str(answer->policy->mx[i]), ",");
	}
	sts_task_done(task);
}

static void
ask(struct sts_task *task, const struct sts_question *question,
    sts_answer_cb *cb)
{
	enum sts_err err;

	if (!keep_asked(task, question))
		return;
	err = sts_task_domain(task, question->word[0]);
	if (err == STS_EINVAL && !sts_task_waits(task, question->word[0]))
		say(task, "none");
	else if (err == STS_OK)
		sts_task_ask(task, cb);
}

void
sts_verb_stance(struct sts_task *task, const struct sts_question *question)
{
	if (sts_task_host(task, question->word[1]))
		ask(task, question, on_stance);
}

void
sts_verb_hosts(struct sts_task *task, const struct sts_question *question)
{
	ask(task, question, on_hosts);
}
