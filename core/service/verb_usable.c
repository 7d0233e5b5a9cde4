/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "sts/match.h"
#include "task.h"

static sts_answer_cb on_answer;

static bool
is_usable(const struct sts_task *task, const struct sts_mx *mx)
{
	/* "" is the null MX (RFC 7505): no host takes mail. */
	return mx->host[0] != '\0' &&
	       sts_policy_match(task->policy, sts_str(mx->host));
}

/* With no host left mail is refused: not for a policy that is out of date. */
static bool
look_again(struct sts_task *task, const struct sts_mx *mx, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_usable(task, &mx[i]))
			return false;
	return task->policy->mode == STS_MODE_ENFORCE &&
	       sts_task_recheck(task, on_answer);
}

static void
put_usable(struct sts_task *task, const struct sts_mx *mx, size_t n)
{
	struct sts_buf *out = task->out;
	const char *comma = "";
	size_t i;

	if (look_again(task, mx, n))
		return;
	sts_buf_text(out, "STS1 usable ");
	sts_buf_text(out, task->domain);
	sts_buf_key(out, "mode", sts_mode_name(task->policy->mode));
	sts_buf_key(out, "id", task->id);
	sts_buf_text(out, " mx=");
	for (i = 0; i < n; i++) {
		if (!is_usable(task, &mx[i]))
			continue;
		sts_buf_text(out, comma);
		sts_buf_value(out, sts_str(mx[i].host), ",");
		comma = ",";
	}
	sts_task_done(task);
}

/* Hosts that were kept away before they were tried: refused as any other. */
static void
put_passed(struct sts_task *task, const struct sts_mx *mx, size_t n)
{
	size_t i;

	if (look_again(task, mx, n))
		return;
	for (i = 0; i < n && task->policy->mode == STS_MODE_ENFORCE; i++)
		if (mx[i].host[0] != '\0' && !is_usable(task, &mx[i]))
			sts_task_mx_refused(task, mx[i].host);
	sts_task_ok(task);
}

static void
put(struct sts_task *task, const struct sts_mx *mx, size_t n)
{
	if (task->verb->begin == sts_verb_passed)
		put_passed(task, mx, n);
	else
		put_usable(task, mx, n);
}

static void
on_mx(void *arg, const struct sts_dns_answer *answer)
{
	struct sts_task *task = arg;
	struct sts_mx implicit = {0, ""};
	char reason[32];

	task->mx = NULL;
	switch (answer->status) {
	case STS_DNS_FOUND:
		put(task, answer->mx, answer->n_mx);
		return;
	case STS_DNS_ABSENT: /* RFC 5321 section 5.1 */
		snprintf(
		    implicit.host, sizeof(implicit.host), "%s", task->domain);
		put(task, &implicit, 1);
		return;
	default:
		snprintf(reason, sizeof(reason), "dns-%s",
		    sts_dns_status_name(answer->status));
		sts_task_temp(task, reason, "mx");
	}
}

static void
on_answer(void *arg, const struct sts_answer *answer)
{
	struct sts_task *task = arg;
	struct sts_dns_query *query;

	if (sts_task_no_policy(task, answer, true))
		return;
	/* The answer does not live until the MX records are there. */
	sts_policy_free(task->policy);
	task->policy = NULL;
	if (sts_policy_parse(answer->policy->text, &task->policy, NULL) !=
	    STS_OK) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	task->policy->mode = answer->policy->mode; /* by an override */
	snprintf(task->id, sizeof(task->id), "%s", answer->id);
	task->dns = task->conn->service->deps.dns;
	query = task->dns.ops->mx(
	    task->dns.ctx, task->domain, task->deadline, on_mx, task);
	if (!task->done)
		task->mx = query;
}

void
sts_verb_usable(struct sts_task *task, const struct sts_question *question)
{
	if (sts_task_policy_domain(task, question->word[0]))
		sts_task_ask(task, on_answer);
}

void
sts_verb_passed(struct sts_task *task, const struct sts_question *question)
{
	sts_verb_usable(task, question);
}
