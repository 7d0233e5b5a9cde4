/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_hold.h"
#include "service_link.h"

#define HOLD_MS   15000
#define HOLDS_MAX 16384

struct hold {
	struct sts_waiter waiter;
	TAILQ_ENTRY(hold) held;
	STAILQ_ENTRY(hold) ready;
	struct sts_holds *holds;
	int64_t until;
	struct sts_known known;
	char session[STS_FILTER_ID + 1];
	char token[STS_FILTER_ID + 1];
	char domain[];
};

TAILQ_HEAD(held_list, hold);
STAILQ_HEAD(ready_list, hold);

struct sts_holds {
	struct sts_stances *stances;
	struct sts_line_out *out;
	bool refuse;
	bool released;
	size_t n;
	struct held_list held;   /* the one to end first is first */
	struct ready_list ready; /* wait for room in out */
};

struct sts_holds *
sts_holds_new(
    struct sts_stances *stances, struct sts_line_out *out, bool refuse)
{
	struct sts_holds *holds = calloc(1, sizeof(*holds));

	if (holds == NULL)
		return NULL;
	holds->stances = stances;
	holds->out = out;
	holds->refuse = refuse;
	TAILQ_INIT(&holds->held);
	STAILQ_INIT(&holds->ready);
	return holds;
}

void
sts_holds_free(struct sts_holds *holds)
{
	struct hold *hold, *next;

	if (holds == NULL)
		return;
	for (hold = TAILQ_FIRST(&holds->held); hold != NULL; hold = next) {
		next = TAILQ_NEXT(hold, held);
		sts_stance_cancel(&hold->waiter);
		free(hold);
	}
	for (hold = STAILQ_FIRST(&holds->ready); hold != NULL; hold = next) {
		next = STAILQ_NEXT(hold, ready);
		free(hold);
	}
	free(holds);
}

/* An attempt that comes to no delivery: the client's. */
static void
tell_held(const struct sts_holds *holds, const char *domain)
{
	char text[STS_NAME_SIZE + 20];

	snprintf(text, sizeof(text), "held %s progress", domain);
	sts_stances_tell(holds->stances, text);
}

/* Nothing may stand behind "proceed": 6.8 ends over it. */
static void
put_answer(const struct sts_holds *holds, const struct sts_known *known,
    const char *domain, const char *session, const char *token)
{
	bool refuse = holds->refuse && known->stance == STS_STANCE_BLOCKED;

	if (refuse &&
	    sts_line_out_put(holds->out,
		"filter-result|%s|%s|reject|451 4.7.1 MTA-STS: no mail "
		"exchanger qualifies now%s%s",
		session, token, known->reason[0] != '\0' ? ": " : "",
		known->reason)) {
		tell_held(holds, domain);
		return;
	}
	sts_line_out_put(
	    holds->out, "filter-result|%s|%s|proceed", session, token);
}

static void
make_ready(struct hold *hold, const struct sts_known *known)
{
	hold->known = *known;
	TAILQ_REMOVE(&hold->holds->held, hold, held);
	STAILQ_INSERT_TAIL(&hold->holds->ready, hold, ready);
}

static void
told(struct sts_waiter *waiter, const struct sts_known *known)
{
	struct hold *hold =
	    (struct hold *)((char *)waiter - offsetof(struct hold, waiter));

	make_ready(hold, known);
}

static void
copy_id(char *out, struct sts_field id)
{
	memcpy(out, id.p, id.n);
	out[id.n] = '\0';
}

/* Find out about the domain; false: held, and known later. */
static bool
look(struct sts_holds *holds, const char *domain,
    const struct sts_filter_line *line, struct sts_known *known)
{
	size_t size = strlen(domain) + 1;
	struct hold *hold = NULL;

	if (!holds->released && holds->n < HOLDS_MAX)
		hold = calloc(1, sizeof(*hold) + size);
	if (hold == NULL)
		return true;
	hold->waiter.told = told;
	if (sts_stance_ask(holds->stances, domain, &hold->waiter, known)) {
		free(hold);
		return true;
	}
	hold->holds = holds;
	hold->until = sts_link_now() + HOLD_MS;
	copy_id(hold->session, line->session);
	copy_id(hold->token, line->token);
	memcpy(hold->domain, domain, size);
	TAILQ_INSERT_TAIL(&holds->held, hold, held);
	holds->n++;
	return false;
}

void
sts_hold_ask(
    struct sts_holds *holds, const struct sts_filter_line *line, bool cut)
{
	struct sts_known known = {.stance = STS_STANCE_UNKNOWN};
	char domain[STS_NAME_SIZE] = "";
	char session[STS_FILTER_ID + 1], token[STS_FILTER_ID + 1];

	if (sts_field_is(line->event, "data-line")) /* has another answer */
		return;
	if (!cut && sts_field_is(line->event, "rcpt-to") &&
	    sts_field_domain(line->rest, domain, sizeof(domain)) &&
	    !look(holds, domain, line, &known))
		return;
	copy_id(session, line->session);
	copy_id(token, line->token);
	put_answer(holds, &known, domain, session, token);
}

static void
end_holds(struct sts_holds *holds, int64_t now)
{
	static const struct sts_known nothing = {.stance = STS_STANCE_UNKNOWN};
	struct hold *hold;

	while (
	    (hold = TAILQ_FIRST(&holds->held)) != NULL && hold->until <= now) {
		sts_stance_cancel(&hold->waiter);
		make_ready(hold, &nothing);
	}
}

void
sts_holds_run(struct sts_holds *holds)
{
	struct hold *hold;

	end_holds(holds, sts_link_now());
	while ((hold = STAILQ_FIRST(&holds->ready)) != NULL &&
	       sts_line_out_room(holds->out)) {
		put_answer(holds, &hold->known, hold->domain, hold->session,
		    hold->token);
		STAILQ_REMOVE_HEAD(&holds->ready, ready);
		free(hold);
		holds->n--;
	}
}

void
sts_holds_release(struct sts_holds *holds)
{
	holds->released = true;
	end_holds(holds, INT64_MAX);
	sts_holds_run(holds);
}

int64_t
sts_holds_next(const struct sts_holds *holds)
{
	const struct hold *first = TAILQ_FIRST(&holds->held);

	/* Else they go when smtpd reads, which poll() tells. */
	if (!STAILQ_EMPTY(&holds->ready) && !sts_line_out_pending(holds->out))
		return 0;
	return first != NULL ? first->until : INT64_MAX;
}
