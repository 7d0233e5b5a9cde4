/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "filter.h"
#include "filter_hold.h"
#include "filter_line.h"
#include "filter_sent.h"
#include "line_in.h"
#include "line_out.h"

struct sts_filter {
	int fd;
	bool incoming, outgoing; /* what smtpd says it uses us for */
	bool ready;
	bool waiting; /* lines are there that had no room for an answer */
	struct sts_stances *stances;
	struct sts_holds *holds;
	struct sts_sent *sent;
	struct sts_line_out out;
	struct sts_line_in in;
};

struct sts_filter *
sts_filter_new(const struct sts_filter_config *config)
{
	struct sts_filter *f = calloc(1, sizeof(*f));
	struct sts_sent_rules rules = {config->unverified, config->all};

	if (f == NULL)
		return NULL;
	f->fd = config->in;
	f->out.fd = config->out;
	f->stances = sts_stances_new(config->socket);
	if (f->stances != NULL) {
		f->holds = sts_holds_new(f->stances, &f->out, config->refuse);
		f->sent = sts_sent_new(f->stances, rules);
	}
	if (f->holds != NULL && f->sent != NULL)
		return f;
	sts_filter_free(f);
	return NULL;
}

void
sts_filter_free(struct sts_filter *f)
{
	if (f == NULL)
		return;
	sts_holds_free(f->holds);
	sts_sent_free(f->sent);
	sts_stances_free(f->stances);
	free(f);
}

/* An smtpd that does not say what for is told all that we can do. */
static void
put_registration(struct sts_filter *f)
{
	bool all = !f->incoming && !f->outgoing;
	size_t i;

	if (all || f->incoming)
		sts_line_out_put(&f->out, "register|filter|smtp-in|rcpt-to");
	for (i = 0; (all || f->outgoing) && sts_sent_events[i] != NULL; i++)
		sts_line_out_put(
		    &f->out, "register|report|smtp-out|%s", sts_sent_events[i]);
	sts_line_out_put(&f->out, "register|ready");
	f->ready = true;
}

static void
on_config(struct sts_filter *f, const struct sts_filter_line *line)
{
	if (f->ready)
		return;
	if (sts_field_is(line->event, "ready"))
		put_registration(f);
	else if (sts_field_is(line->event, "subsystem")) {
		if (sts_field_is(line->rest, "smtp-in"))
			f->incoming = true;
		else if (sts_field_is(line->rest, "smtp-out"))
			f->outgoing = true;
	}
}

static void
on_line(struct sts_filter *f, const char *text, size_t n, bool cut)
{
	struct sts_filter_line line = sts_filter_parse(text, n);

	switch (line.kind) {
	case STS_FILTER_CONFIG:
		on_config(f, &line);
		break;
	case STS_FILTER_ASK:
		if (f->ready)
			sts_hold_ask(f->holds, &line, cut);
		break;
	case STS_FILTER_REPORT:
		if (f->ready && line.outgoing && !cut)
			sts_sent_event(f->sent, &line);
		break;
	case STS_FILTER_OTHER:
		break;
	}
}

/* Take the lines that are there, as far as the answers to them have room. */
static void
take_lines(struct sts_filter *f)
{
	char *line;
	size_t n;
	bool cut;

	for (;;) {
		f->waiting = !sts_line_out_room(&f->out);
		if (f->waiting || !sts_line_in_next(&f->in, &line, &n, &cut))
			return;
		on_line(f, line, n, cut);
	}
}

/* False at the end of what smtpd says. */
static bool
take_input(struct sts_filter *f)
{
	ssize_t n;

	if (!sts_line_out_room(&f->out))
		return true;
	n = sts_line_in_read(&f->in, f->fd);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

nfds_t
sts_filter_poll(struct sts_filter *f, struct pollfd *p)
{
	p[0] = (struct pollfd){.fd = f->fd, .events = POLLIN};
	p[1] = (struct pollfd){.fd = -1, .events = POLLOUT};
	if (sts_line_out_pending(&f->out))
		p[1].fd = f->out.fd;
	if (!sts_line_out_has_room(&f->out)) /* an answer may need it */
		p[0].fd = -1;
	return 2 + sts_stances_poll(f->stances, p + 2);
}

int64_t
sts_filter_next(const struct sts_filter *f)
{
	int64_t hold = sts_holds_next(f->holds);
	int64_t stance = sts_stances_next(f->stances);

	if (f->waiting && sts_line_out_has_room(&f->out))
		return 0;
	return hold < stance ? hold : stance;
}

bool
sts_filter_run(struct sts_filter *f, const struct pollfd *p)
{
	bool there = true;

	if (p[1].revents != 0)
		sts_line_out_flush(&f->out);
	sts_stances_run(f->stances, p + 2);
	take_lines(f);
	if (p[0].revents != 0)
		there = take_input(f);
	take_lines(f);
	sts_holds_run(f->holds);
	sts_line_out_flush(&f->out);
	return there;
}

void
sts_filter_release(struct sts_filter *f)
{
	sts_holds_release(f->holds);
}
