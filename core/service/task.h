/* SPDX-License-Identifier: ISC */
#ifndef STS_TASK_H
#define STS_TASK_H

#include "conn.h"
#include "sts/engine_admin.h"
#include "sts/override.h"
#include "sts/policy.h"
#include "query.h"
#include "verbs.h"

#define STS_SHOWN_SIZE 1024 /* of a DOMAIN that is repeated as asked */

struct sts_explain;

/* One question while it is being answered. */
struct sts_task {
	struct sts_conn *conn;
	const struct sts_verb *verb;
	struct sts_buf *out;             /* where the answer goes */
	size_t mark;                     /* where it begins there */
	bool done, progress, told, tell; /* words of the question, or said */
	bool now;                        /* what is not at hand is "wait" */
	bool pinned;   /* a callback that cannot be called off will come */
	bool host_bad; /* host is no host name: matches nothing */
	struct sts_query query;
	struct sts_dns_query *mx;
	struct sts_dns dns;          /* where mx was asked */
	struct sts_policy *policy;   /* of usable and passed, ours */
	struct sts_route_wait *wait; /* of route */
	struct sts_timer *timer;     /* of route: its deadline */
	int want;                    /* of route */
	bool again;                  /* of route: asked twice */
	char
	    *asked; /* of stance and hosts: their words; of route: the answer */
	size_t n_asked;
	char id[STS_ID_SIZE];
	int64_t deadline;            /* mono */
	struct sts_explain *explain; /* ours, until it ends */
	struct sts_buf held;
	void *page; /* json_t of list */
	size_t n_page;
	char domain[STS_DOMAIN_SIZE];
	char host[STS_DOMAIN_SIZE];
};

/* The answer is whole: end its line. The task may be gone afterwards. */
void sts_task_done(struct sts_task *task);
/* Instead of anything written so far: STS1 error CODE text=TEXT, and done. */
void sts_task_error(struct sts_task *task, const char *code, const char *text);
/* STS1 temp DOMAIN reason=WORD [detail=TEXT], and done. */
void
sts_task_temp(struct sts_task *task, const char *reason, const char *detail);
void sts_task_ok(struct sts_task *task);
/* Forget what it asked for and what it holds; not the task. */
void sts_task_reset(struct sts_task *task);
void sts_task_free(struct sts_task *task);
/* Free it now, or when its pinning callback comes. */
void sts_task_release(struct sts_task *task);
/* At the head of a pinning callback; false: nobody wants the answer. */
bool sts_task_unpin(struct sts_task *task);
void sts_task_stop(struct sts_task *task);

/*
 * The DOMAIN word into task->domain. STS_OK; STS_EINVAL: it can have no
 * policy; STS_ESYNTAX: not a domain, and the error is answered.
 */
enum sts_err sts_task_domain(struct sts_task *task, struct sts_str word);
/* The same, where having no policy is an answer: false if it is given. */
bool sts_task_policy_domain(struct sts_task *task, struct sts_str word);
/*
 * Which policy holds for task->domain, its override applied? cb gets the task;
 * no verb asks the engine but by these. Where the answer would refuse mail,
 * sts_task_recheck() asks once more: false if it did before, or cannot help.
 */
void sts_task_ask(struct sts_task *task, sts_answer_cb *cb);
bool sts_task_recheck(struct sts_task *task, sts_answer_cb *cb);
void sts_task_refresh(struct sts_task *task, sts_answer_cb *cb);
/* Mail was refused: have the TXT record read, where it is asked for at all. */
void sts_task_refused(const struct sts_task *task);
/* The HOST word into task->host and host_bad; false: answered an error. */
bool sts_task_host(struct sts_task *task, struct sts_str word);
/* STS1 none or temp; false: the answer is a policy of testing or enforce. */
bool sts_task_no_policy(
    struct sts_task *task, const struct sts_answer *answer, bool detail);

/* Log, count and check as after "result" that host was refused: no policy's. */
void sts_task_mx_refused(struct sts_task *task, const char *host);

#endif
