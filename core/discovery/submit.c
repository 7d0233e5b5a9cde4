/* SPDX-License-Identifier: ISC */
#include "sts/submit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "submit_impl.h"

enum sts_err
sts_submitter_new(struct event_base *base, const struct sts_loopback *server,
    const char *helo, struct sts_clock clock, const struct sts_log *log,
    struct sts_submitter **out)
{
	struct sts_submitter *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return STS_ENOMEM;
	s->base = base;
	s->server = *server;
	(void)snprintf(s->helo, sizeof(s->helo), "%s", helo);
	s->clock = clock;
	s->log = log;
	TAILQ_INIT(&s->open);
	*out = s;
	return STS_OK;
}

/* Nobody may touch anything of ours behind it: cb may have freed it. */
static void
tell(const struct sts_log *log, sts_sent_cb *cb, void *arg,
    enum sts_sent result, const char *why)
{
	static const char *const names[] = {[STS_SENT_RETRY] = "retry",
	    [STS_SENT_REFUSED] = "refused",
	    [STS_SENT_LOCAL] = "local"};

	if (result != STS_SENT_ACCEPTED)
		sts_log(log,
		    result == STS_SENT_LOCAL ? STS_LOG_WARNING : STS_LOG_DEBUG,
		    "submission", "result=%s why=\"%s\"", names[result], why);
	cb(arg, result, why);
}

void
sts_submit_end(struct sts_submit *submit, enum sts_sent result, const char *why)
{
	const struct sts_log *log = submit->submitter->log;
	sts_sent_cb *cb = submit->cb;
	void *arg = submit->arg;

	sts_submit_drop(submit);
	tell(log, cb, arg, result, why);
}

void
sts_submitter_free(struct sts_submitter *s)
{
	struct sts_submit *submit;

	if (s == NULL)
		return;
	s->closing = true;
	while ((submit = TAILQ_FIRST(&s->open)) != NULL)
		sts_submit_end(submit, STS_SENT_LOCAL, "closing");
	free(s);
}

static void
cancel(struct sts_send *send)
{
	sts_submit_drop((struct sts_submit *)send);
}

static void
on_deadline(void *arg)
{
	struct sts_submit *submit = arg;

	submit->timer = NULL;
	sts_submit_end(submit, STS_SENT_RETRY, "timeout");
}

static void
on_start(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sts_submit_start(arg);
}

static struct sts_submit *
make(struct sts_submitter *s, int64_t deadline)
{
	struct sts_submit *submit = calloc(1, sizeof(*submit));

	if (submit == NULL)
		return NULL;
	submit->timer =
	    s->clock.ops->timer(s->clock.ctx, deadline, on_deadline, submit);
	if (submit->timer == NULL) {
		free(submit);
		return NULL;
	}
	submit->send.cancel = cancel;
	submit->submitter = s;
	submit->fd = -1;
	event_assign(&submit->event, s->base, -1, 0, on_start, submit);
	TAILQ_INSERT_TAIL(&s->open, submit, link);
	return submit;
}

static struct sts_send *
send_mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	struct sts_submitter *s = ctx;
	struct sts_submit *submit;

	if (!sts_sending_address(from) || !sts_sending_address(to)) {
		tell(s->log, cb, arg, STS_SENT_REFUSED, "address");
		return NULL;
	}
	if (s->closing || (submit = make(s, deadline)) == NULL) {
		tell(s->log, cb, arg, STS_SENT_LOCAL,
		    s->closing ? "closing" : "no memory");
		return NULL;
	}
	submit->from = from;
	submit->to = to;
	submit->text.rest = message;
	submit->cb = cb;
	submit->arg = arg;
	event_active(&submit->event, EV_TIMEOUT, 0);
	return &submit->send;
}

static struct sts_send *
no_post(void *ctx, const char *url, struct sts_str gzip, int64_t deadline,
    sts_sent_cb *cb, void *arg)
{
	struct sts_submitter *s = ctx;

	(void)url;
	(void)gzip;
	(void)deadline;
	tell(s->log, cb, arg, STS_SENT_LOCAL, "mail only");
	return NULL;
}

static const struct sts_sending_ops ops = {
    send_mail, no_post, sts_sending_cancel};

struct sts_sending
sts_submitter_sending(struct sts_submitter *s)
{
	return (struct sts_sending){&ops, s};
}
