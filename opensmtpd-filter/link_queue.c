/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_queue.h"

static const char version[] = "STS1 ";

void
sts_queue_init(struct sts_queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
	queue->soonest = INT64_MAX;
	queue->n = 0;
}

struct sts_asked *
sts_asked_new(const char *verb_and_args, int64_t deadline,
    sts_link_answered *answered, void *arg)
{
	size_t n = strlen(verb_and_args);
	struct sts_asked *q = calloc(1, sizeof(*q) + sizeof(version) + n + 1);

	if (q == NULL)
		return NULL;
	q->deadline = deadline;
	q->answered = answered;
	q->arg = arg;
	q->size = sizeof(version) + n;
	snprintf(q->text, q->size + 1, "%s%s\n", version, verb_and_args);
	return q;
}

void
sts_queue_append(struct sts_queue *queue, struct sts_asked *q)
{
	q->next = NULL;
	*queue->end = q;
	queue->end = &q->next;
	queue->n++;
	if (q->deadline < queue->soonest)
		queue->soonest = q->deadline;
}

struct sts_asked *
sts_queue_take(struct sts_queue *queue)
{
	struct sts_asked *all = queue->first;

	sts_queue_init(queue);
	return all;
}

void
sts_queue_answer(struct sts_queue *queue, const char *line)
{
	struct sts_asked *q = queue->first;
	sts_link_answered *answered = q->answered;
	void *arg = q->arg;

	queue->first = q->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	queue->n--;
	free(q);
	if (answered != NULL)
		answered(arg, sts_client_kind(line), line);
}

void
sts_queue_expire(struct sts_queue *queue, int64_t now)
{
	int64_t soonest = INT64_MAX;
	struct sts_asked *q;

	for (q = queue->first; q != NULL; q = q->next)
		if (q->answered != NULL && q->deadline > now &&
		    q->deadline < soonest)
			soonest = q->deadline;
	queue->soonest = soonest; /* what a callback asks brings it down */
	for (q = queue->first; q != NULL; q = q->next) {
		sts_link_answered *answered = q->answered;

		if (answered == NULL || q->deadline > now)
			continue;
		q->answered = NULL;
		answered(q->arg, STS_REPLY_TEMP, "");
	}
}

void
sts_asked_give_up(struct sts_asked *q)
{
	while (q != NULL) {
		struct sts_asked *next = q->next;
		sts_link_answered *answered = q->answered;
		void *arg = q->arg;

		free(q);
		if (answered != NULL)
			answered(arg, STS_REPLY_TEMP, "");
		q = next;
	}
}
