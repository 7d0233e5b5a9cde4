/* SPDX-License-Identifier: ISC */
#ifndef STS_QUERY_H
#define STS_QUERY_H

#include "sts/engine.h"
#include "sts/override.h"

struct sts_service;

/*
 * Which policy holds for a domain, its override applied? The one way to the
 * engine (override_task.c). The first four are the owner's, who zeroes the
 * rest. The callback comes once a call, often inside it.
 */
struct sts_query {
	struct sts_service *service;
	const char *domain;
	sts_answer_cb *cb;
	void *arg;
	struct sts_ask *ask;
	struct sts_overrides *overrides;     /* held while override is */
	const struct sts_override *override; /* that the answer is by */
	const char *own_mode; /* of the domain's own policy, or NULL */
	bool rechecked;       /* the engine was asked twice */
};

void sts_query_ask(struct sts_query *query);
/* Before refusing mail, by deadline (mono): once more. False: it did before,
 * or cannot help, and no callback comes. */
bool sts_query_recheck(struct sts_query *query, int64_t deadline);
void sts_query_refresh(struct sts_query *query);
/* No callback will come; forget the override. */
void sts_query_drop(struct sts_query *query);
void sts_query_drop_override(struct sts_query *query);

#endif
