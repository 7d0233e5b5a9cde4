/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "override_task.h"
#include "task.h"

/* Longest domain that leaves room for "_mta-sts." before it. */
#define POLICY_DOMAIN_MAX (STS_DOMAIN_MAX - 9)

static enum sts_err
parse_domain(struct sts_str word, char domain[STS_DOMAIN_SIZE])
{
	char buf[STS_SHOWN_SIZE], host[STS_DOMAIN_SIZE];
	struct sts_str plain;
	enum sts_err err;

	if (word.n > STS_SHOWN_SIZE ||
	    sts_word_plain(word, buf, sizeof(buf), &plain) != STS_OK)
		return STS_ESYNTAX;
	err = sts_domain_parse(plain, domain);
	if (err == STS_OK && strlen(domain) > POLICY_DOMAIN_MAX)
		return STS_ELIMIT;
	/* A name with '_' or '/' may have mail, but never a certificate. */
	if (err == STS_EINVAL && sts_host_parse(plain, host) != STS_EINVAL)
		return STS_ELIMIT;
	return err;
}

enum sts_err
sts_task_domain(struct sts_task *task, struct sts_str word)
{
	enum sts_err err = parse_domain(word, task->domain);

	if (err == STS_OK)
		return STS_OK;
	task->domain[0] = '\0';
	if (err == STS_EINVAL || err == STS_ELIMIT)
		return STS_EINVAL;
	if (err == STS_ENOMEM)
		sts_task_temp(task, "no-memory", "");
	else
		sts_task_error(task, "domain", "not a domain name");
	return STS_ESYNTAX;
}

bool
sts_task_policy_domain(struct sts_task *task, struct sts_str word)
{
	enum sts_err err = sts_task_domain(task, word);

	if (err != STS_EINVAL)
		return err == STS_OK;
	if (sts_task_waits(task, word))
		return false;
	sts_buf_text(task->out, "STS1 none ");
	sts_buf_add(task->out, word.p, word.n);
	sts_buf_key(task->out, "state", "unsupported");
	sts_buf_key(task->out, "reason",
	    parse_domain(word, task->domain) == STS_EINVAL ? "address"
							   : "no-policy-host");
	sts_task_done(task);
	return false;
}

bool
sts_task_host(struct sts_task *task, struct sts_str word)
{
	char buf[STS_DOMAIN_SIZE];
	struct sts_str plain;

	if (sts_word_plain(word, buf, STS_DOMAIN_MAX, &plain) != STS_OK ||
	    plain.n > STS_DOMAIN_MAX || memchr(plain.p, '\0', plain.n)) {
		sts_task_error(task, "syntax", "HOST cannot be a host name");
		return false;
	}
	task->host_bad = sts_host_parse(plain, task->host) != STS_OK;
	if (task->host_bad) {
		memcpy(task->host, plain.p, plain.n);
		task->host[plain.n] = '\0';
	}
	return true;
}

bool
sts_task_no_policy(
    struct sts_task *task, const struct sts_answer *answer, bool detail)
{
	const char *reason = answer->reason;

	if (answer->kind == STS_ANSWER_TEMP) {
		sts_task_temp(task, answer->reason, answer->detail);
		return true;
	}
	if (answer->kind == STS_ANSWER_POLICY) {
		if (answer->policy->mode != STS_MODE_NONE)
			return false;
		reason = "mode-none";
		detail = false;
	}
	sts_buf_text(task->out, "STS1 none ");
	sts_buf_text(task->out, task->domain);
	sts_buf_key(task->out, "state", answer->state);
	sts_buf_key(task->out, "reason", reason);
	if (detail && answer->detail[0] != '\0')
		sts_buf_key(task->out, "detail", answer->detail);
	sts_task_done(task);
	return true;
}
