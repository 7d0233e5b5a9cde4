/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_names.h"
#include "filter_stance.h"
#include "service_link.h"

#define SLOW      (STS_STANCE_FDS - 2)
#define LOOKUP_MS 20000 /* lookup_timeout and probe_timeout are 18 s */
#define QUICK_MS  2000
#define TELL_MS   30000 /* what is told may have to be looked at */
#define FRESH_MS  5000

/*
 * A question that waits for a look-up holds up those behind it. So what is
 * asked first is what the service has at hand, on a connection where nothing
 * waits; look-ups have others, and of these the least busy one is taken. What
 * is told has one, too, since it is answered when it is written to disk.
 */
struct sts_stances {
	struct sts_names *names;
	struct sts_link *quick, *tell;
	struct sts_link *slow[SLOW];
};

struct sts_stances *
sts_stances_new(const char *socket)
{
	struct sts_stances *s = calloc(1, sizeof(*s));
	bool good;
	size_t i;

	if (s == NULL)
		return NULL;
	s->names = sts_names_new(s);
	s->quick = sts_link_new(socket);
	s->tell = sts_link_new(socket);
	good = s->names != NULL && s->quick != NULL && s->tell != NULL;
	for (i = 0; i < SLOW; i++) {
		s->slow[i] = sts_link_new(socket);
		good = good && s->slow[i] != NULL;
	}
	if (good)
		return s;
	sts_stances_free(s);
	return NULL;
}

void
sts_stances_free(struct sts_stances *s)
{
	size_t i;

	if (s == NULL)
		return;
	sts_link_free(s->quick);
	sts_link_free(s->tell);
	for (i = 0; i < SLOW; i++)
		sts_link_free(s->slow[i]);
	sts_names_free(s->names);
	free(s);
}

static struct sts_link *
least_busy(struct sts_stances *s)
{
	struct sts_link *best = s->slow[0];
	size_t i;

	for (i = 1; i < SLOW && sts_link_open(best) > 0; i++)
		if (sts_link_open(s->slow[i]) < sts_link_open(best))
			best = s->slow[i];
	return best;
}

static int
ask_service(struct sts_link *link, struct sts_name *name, const char *how,
    int64_t ms, sts_link_answered *answered)
{
	char question[STS_NAME_SIZE + 40];

	snprintf(question, sizeof(question), "route %s %s", name->text, how);
	return sts_link_ask(
	    link, question, sts_link_now() + ms, answered, name);
}

/* A word of the service's, good to stand in a line to smtpd. */
static void
take_reason(const char *line, char *out, size_t size)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (sts_client_value(line, "reason", out, size) != 0 ||
	    out[strspn(out, fine)] != '\0')
		out[0] = '\0';
}

static bool
value_is(const char *line, const char *key, const char *value)
{
	char found[64];

	return sts_client_value(line, key, found, sizeof(found)) == 0 &&
	       strcmp(found, value) == 0;
}

static bool
wants_success(const char *line)
{
	static const char word[] = " tell";
	size_t n = strlen(line);

	return n >= strlen(word) && strcmp(line + n - strlen(word), word) == 0;
}

static struct sts_known
read_answer(enum sts_reply_kind kind, const char *line)
{
	struct sts_known known = {.stance = STS_STANCE_UNKNOWN};

	if (kind == STS_REPLY_NONE)
		known.stance = value_is(line, "reason", "mode-testing")
				   ? STS_STANCE_TESTING
				   : STS_STANCE_NONE;
	else if (kind == STS_REPLY_ROUTE)
		known.stance = STS_STANCE_ENFORCE;
	else if (kind == STS_REPLY_BLOCKED)
		known.stance = STS_STANCE_BLOCKED;
	else if (value_is(line, "mode", "enforce"))
		known.stance = STS_STANCE_WAITING;
	known.tell = wants_success(line);
	if (known.stance >= STS_STANCE_BLOCKED)
		take_reason(line, known.reason, sizeof(known.reason));
	return known;
}

/* What is but half known is asked again by the next one. */
static void
settle(struct sts_name *name, const struct sts_known *known)
{
	bool sure = known->stance != STS_STANCE_UNKNOWN &&
		    known->stance != STS_STANCE_WAITING;

	sts_name_tell(name, known, sure ? sts_link_now() + FRESH_MS : 0);
}

static void
looked_up(void *arg, enum sts_reply_kind kind, const char *line)
{
	struct sts_known known = read_answer(kind, line);

	settle(arg, &known);
}

static bool
wants_look_up(enum sts_reply_kind kind, const char *line)
{
	return kind == STS_REPLY_TEMP &&
	       (value_is(line, "reason", "not-known") ||
		   value_is(line, "reason", "probing"));
}

static void
at_hand(void *arg, enum sts_reply_kind kind, const char *line)
{
	struct sts_name *name = arg;
	struct sts_stances *s = sts_name_owner(name);

	if (wants_look_up(kind, line) &&
	    ask_service(least_busy(s), name, "tell progress", LOOKUP_MS,
		looked_up) == 0)
		return;
	looked_up(arg, kind, line);
}

bool
sts_stance_ask(struct sts_stances *s, const char *domain,
    struct sts_waiter *waiter, struct sts_known *known)
{
	struct sts_name *name = sts_names_find(s->names, domain);

	*known = (struct sts_known){.stance = STS_STANCE_UNKNOWN};
	waiter->name = NULL;
	if (name == NULL)
		return true;
	if (!name->asked && name->fresh > sts_link_now()) {
		*known = name->known;
		return true;
	}
	if (!name->asked &&
	    ask_service(s->quick, name, "now tell", QUICK_MS, at_hand) != 0)
		return true;
	sts_name_wait(name, waiter);
	return false;
}

unsigned char *
sts_stance_note(struct sts_stances *s, const char *domain)
{
	struct sts_name *name = sts_names_find(s->names, domain);

	return name != NULL ? &name->note : NULL;
}

void
sts_stance_cancel(struct sts_waiter *waiter)
{
	if (waiter->name == NULL)
		return;
	TAILQ_REMOVE(&waiter->name->waiters, waiter, link);
	waiter->name = NULL;
}

static void
heard(void *arg, enum sts_reply_kind kind, const char *line)
{
	(void)arg;
	(void)kind;
	(void)line;
}

void
sts_stances_tell(struct sts_stances *s, const char *what)
{
	(void)sts_link_ask(
	    s->tell, what, sts_link_now() + TELL_MS, heard, NULL);
}

nfds_t
sts_stances_poll(struct sts_stances *s, struct pollfd *p)
{
	size_t i;

	sts_link_poll(s->quick, &p[0]);
	sts_link_poll(s->tell, &p[1]);
	for (i = 0; i < SLOW; i++)
		sts_link_poll(s->slow[i], &p[i + 2]);
	return STS_STANCE_FDS;
}

int64_t
sts_stances_next(const struct sts_stances *s)
{
	int64_t next = sts_link_next(s->quick), tell = sts_link_next(s->tell);
	size_t i;

	next = tell < next ? tell : next;
	for (i = 0; i < SLOW; i++) {
		int64_t other = sts_link_next(s->slow[i]);

		next = other < next ? other : next;
	}
	return next;
}

void
sts_stances_run(struct sts_stances *s, const struct pollfd *p)
{
	size_t i;

	sts_link_run(s->quick, p[0].revents);
	sts_link_run(s->tell, p[1].revents);
	for (i = 0; i < SLOW; i++)
		sts_link_run(s->slow[i], p[i + 2].revents);
}
