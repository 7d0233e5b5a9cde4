/* SPDX-License-Identifier: ISC */
#ifndef STS_EXPLAIN_H
#define STS_EXPLAIN_H

#include "explain_step.h"
#include "task.h"

#define STS_EXPLAINS_MAX 4 /* at once, beside the engine's own fetches */
/* A copy of an answer: the engine's, or one a fresh look gives. */
struct sts_look {
	struct sts_answer answer; /* points to what is below */
	char state[24], reason[64], detail[STS_HTTP_DETAIL], id[STS_ID_SIZE];
	struct sts_policy *policy; /* ours */
};

/* One look; it changes nothing of what the engine knows. */
struct sts_explain {
	struct sts_task *task;
	struct sts_service *service;
	struct sts_dns dns;
	struct sts_http http;
	struct sts_dns_query *txt, *mx;
	struct sts_http_request *request;
	unsigned depth, open; /* calls we are in; answers to come */
	bool txt_open;
	int64_t began, asked; /* mono: this; TXT or MX */
	bool known, live;     /* the engine has an answer; and it is a policy */
	bool blind;           /* the store could not be read */
	struct sts_look held, fresh;
	const struct sts_override *override; /* of overrides, or NULL */
	struct sts_overrides *overrides;
	bool have_id;
	char id[STS_ID_SIZE];
	bool mx_secure;
	enum sts_dns_status mx_status;
	int64_t mx_ms;
	struct sts_mx *mx_list;
	size_t n_mx;
	struct sts_steps steps;
};

/* Cancel what is under way, free. NULL is fine. */
void sts_explain_free(struct sts_explain *explain);

/* explain_look.c. False: no memory. */
bool sts_look_copy(struct sts_look *look, const struct sts_answer *answer);
void sts_look_none(struct sts_look *look, enum sts_answer_kind kind,
    const char *state, const char *reason, const char *detail);
void sts_look_free(struct sts_look *look);

/* The steps, in their order. view is NULL where err is not STS_OK. */
void sts_explain_cache(struct sts_explain *explain, enum sts_err err,
    const struct sts_domain_view *view);
void sts_explain_txt(
    struct sts_explain *explain, const struct sts_dns_answer *answer);
void sts_explain_http(
    struct sts_explain *explain, const struct sts_http_answer *answer);
void sts_explain_unfetched(struct sts_explain *explain);
void sts_explain_mx(struct sts_explain *explain);
/* The MX records, or the host of the question, and the policy that holds. */
void
sts_explain_match(struct sts_explain *explain, const struct sts_answer *now);
/* The whole object; NULL: no memory. */
json_t *sts_explain_end(struct sts_explain *explain);

#endif
