/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table_session.h"

enum protocol { NOT_YET, TEXT, IMSG };

struct sts_session {
	sts_session_ask *ask;
	sts_session_write *write;
	void *arg;
	enum protocol protocol;
	bool skipping; /* the rest of a line that is too long */
	bool closed;
	size_t have;
	char in[STS_IMSG_MAX];
};

struct sts_session *
sts_session_new(sts_session_ask *ask, sts_session_write *write, void *arg)
{
	struct sts_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ask = ask;
	s->write = write;
	s->arg = arg;
	return s;
}

void
sts_session_free(struct sts_session *session)
{
	free(session);
}

static void
find_result(struct sts_session *s, const struct sts_table_request *request,
    struct sts_table_result *result)
{
	bool known = (request->op == STS_OP_CHECK &&
			 request->service == STS_KEY_DOMAIN) ||
		     (request->op == STS_OP_LOOKUP &&
			 request->service == STS_KEY_RELAYHOST);

	result->found = STS_FOUND_ERROR;
	if (!known)
		snprintf(result->text, sizeof(result->text),
		    "this table is for domains and their relay hosts only");
	else if (request->key[0] == '\0')
		snprintf(result->text, sizeof(result->text), "not a domain");
	else
		s->ask(s->arg, request, result);
}

static void
handle(struct sts_session *s, const struct sts_table_request *request)
{
	struct sts_table_result result = {STS_FOUND_ERROR, ""};
	char out[STS_TABLE_OUT];
	size_t n;

	if (request->op == STS_OP_CLOSE)
		s->closed = true;
	if (request->op == STS_OP_CHECK || request->op == STS_OP_LOOKUP)
		find_result(s, request, &result);
	n = s->protocol == TEXT ? sts_text_answer(out, request, &result)
				: sts_imsg_answer(out, request, &result);
	if (n > 0)
		s->write(s->arg, s->protocol == TEXT, out, n);
}

/*
 * What is too long is read as far as there is room: it may want an answer,
 * for which smtpd would wait without end.
 */
static size_t
take_line(struct sts_session *s, char *line, size_t n)
{
	struct sts_table_request request;
	char *end = memchr(line, '\n', n);
	bool whole = end != NULL;
	size_t length = whole ? (size_t)(end - line) : n;

	if (!whole && n < sizeof(s->in) && !s->skipping)
		return 0;
	if (!s->skipping) {
		sts_text_request(line, length, &request);
		if (!whole)
			request.key[0] = '\0';
		handle(s, &request);
	}
	s->skipping = !whole;
	return whole ? length + 1 : length;
}

static size_t
take_frame(struct sts_session *s, const char *p, size_t n)
{
	struct sts_table_request request;
	size_t used = 0;

	switch (sts_imsg_request(p, n, &request, &used)) {
	case STS_IMSG_WHOLE:
		handle(s, &request);
		return used;
	case STS_IMSG_NONSENSE:
		return n; /* where the next one begins cannot be told */
	default:
		return 0;
	}
}

static void
digest(struct sts_session *s)
{
	size_t at = 0, n;

	if (s->protocol == NOT_YET)
		s->protocol = s->in[0] == 'c' ? TEXT : IMSG;
	do {
		n = 0;
		if (at < s->have)
			n = s->protocol == TEXT
				? take_line(s, s->in + at, s->have - at)
				: take_frame(s, s->in + at, s->have - at);
		at += n;
	} while (n > 0 && !s->closed);
	s->have -= at;
	memmove(s->in, s->in + at, s->have);
}

bool
sts_session_feed(struct sts_session *session, const char *p, size_t n)
{
	while (n > 0 && !session->closed) {
		size_t room = sizeof(session->in) - session->have;
		size_t some = n < room ? n : room;

		memcpy(session->in + session->have, p, some);
		session->have += some;
		p += some;
		n -= some;
		digest(session);
	}
	return !session->closed;
}
