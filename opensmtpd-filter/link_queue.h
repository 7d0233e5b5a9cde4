/* SPDX-License-Identifier: ISC */
#ifndef STS_LINK_QUEUE_H
#define STS_LINK_QUEUE_H

#include "service_link.h"

/* Of service_link.c alone: the questions that are open, in their order. */
struct sts_asked {
	struct sts_asked *next;
	int64_t deadline;
	sts_link_answered *answered; /* NULL: it was told already */
	void *arg;
	bool again; /* it met the end of a connection before */
	size_t size;
	char text[]; /* with version and LF */
};

struct sts_queue {
	struct sts_asked *first, **end;
	int64_t soonest; /* no deadline is before; INT64_MAX: none */
	size_t n;
};

void sts_queue_init(struct sts_queue *queue);

/* A question that nobody owns; NULL for no memory. */
struct sts_asked *sts_asked_new(const char *verb_and_args, int64_t deadline,
    sts_link_answered *answered, void *arg);

void sts_queue_append(struct sts_queue *queue, struct sts_asked *q);

/* Unhook all questions and hand them over, linked by next. */
struct sts_asked *sts_queue_take(struct sts_queue *queue);

/* Give line to the first question, which there must be, and drop it. */
void sts_queue_answer(struct sts_queue *queue, const char *line);

/* Tell those past their deadline that no answer came; their places stay, as
 * the answers may still come. */
void sts_queue_expire(struct sts_queue *queue, int64_t now);

/* Free a chain of questions, each told that no answer came. */
void sts_asked_give_up(struct sts_asked *q);

#endif
