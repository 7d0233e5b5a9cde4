/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "submit_impl.h"

static const char lost[] = "connection lost";

static void on_ready(evutil_socket_t fd, short what, void *arg);
static void on_refused(struct sts_submit *submit, int error);

/* Which command each stage awaits the answer of, for people. */
static const char *const stages[] = {[STS_SUBMIT_GREETING] = "greeting",
    [STS_SUBMIT_EHLO] = "EHLO",
    [STS_SUBMIT_MAIL] = "MAIL",
    [STS_SUBMIT_RCPT] = "RCPT",
    [STS_SUBMIT_DATA] = "DATA",
    [STS_SUBMIT_TEXT] = "message",
    [STS_SUBMIT_END] = "message"};

static void
await(struct sts_submit *submit, short what)
{
	event_del(&submit->event);
	event_assign(&submit->event, submit->submitter->base, submit->fd,
	    (short)(what | EV_PERSIST), on_ready, submit);
	if (event_add(&submit->event, NULL) != 0)
		sts_submit_end(submit, STS_SENT_LOCAL, "no memory");
}

static void
hang_up(struct sts_submit *submit)
{
	static const char quit[] = "QUIT\r\n";

	event_del(&submit->event);
	if (submit->fd < 0)
		return;
	if (submit->stage > STS_SUBMIT_CONNECT &&
	    submit->stage != STS_SUBMIT_TEXT)
		(void)!send(submit->fd, quit, strlen(quit),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	close(submit->fd);
	submit->fd = -1;
}

void
sts_submit_drop(struct sts_submit *submit)
{
	struct sts_submitter *s = submit->submitter;

	s->clock.ops->cancel(s->clock.ctx, submit->timer);
	hang_up(submit);
	TAILQ_REMOVE(&s->open, submit, link);
	free(submit);
}

void
sts_submit_start(struct sts_submit *submit)
{
	const struct sockaddr_storage *to =
	    &submit->submitter->server.addr[submit->at];
	socklen_t n = to->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						: sizeof(struct sockaddr_in);

	submit->stage = STS_SUBMIT_CONNECT;
	submit->fd = socket(
	    to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (submit->fd < 0 ||
	    (connect(submit->fd, (const struct sockaddr *)to, n) != 0 &&
		errno != EINPROGRESS))
		on_refused(submit, errno);
	else
		await(submit, EV_WRITE);
}

/* The next address, or that was the last one. */
static void
on_refused(struct sts_submit *submit, int error)
{
	char why[STS_SENDING_WHY];

	hang_up(submit);
	if (++submit->at < submit->submitter->server.n) {
		sts_submit_start(submit);
		return;
	}
	(void)snprintf(why, sizeof(why), "connect: %s", strerrordesc_np(error));
	sts_submit_end(submit, STS_SENT_RETRY, why);
}

/* Write what waits; false: the rest of it has to wait, or all is over. */
static bool
write_out(struct sts_submit *submit)
{
	ssize_t n;

	while (submit->at_out < submit->n_out) {
		n = send(submit->fd, submit->out + submit->at_out,
		    submit->n_out - submit->at_out, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (n < 0) {
			sts_submit_end(submit, STS_SENT_RETRY, lost);
			return false;
		}
		submit->at_out += (size_t)n;
	}
	submit->n_out = submit->at_out = 0;
	return true;
}

/* A line; its answer is awaited when it is written. */
static void
say(struct sts_submit *submit, enum sts_submit_stage stage, const char *verb,
    const char *what, const char *end)
{
	submit->stage = stage;
	submit->n_out = (size_t)snprintf(
	    submit->out, sizeof(submit->out), "%s%s%s\r\n", verb, what, end);
	await(submit, EV_WRITE);
}

static void
on_room(struct sts_submit *submit)
{
	if (!write_out(submit))
		return;
	if (submit->stage == STS_SUBMIT_TEXT) {
		submit->n_out = sts_submit_text(
		    &submit->text, submit->out, sizeof(submit->out));
		if (submit->n_out > 0)
			return;
		submit->stage = STS_SUBMIT_END;
	}
	await(submit, EV_READ);
}

/* A no: for good, if it is of this mail (RFC 5321 section 4.2.1). */
static void
on_no(struct sts_submit *submit)
{
	bool of_mail = submit->stage > STS_SUBMIT_EHLO;
	char why[STS_SENDING_WHY];
	size_t n =
	    (size_t)snprintf(why, sizeof(why), "%s: ", stages[submit->stage]);

	(void)sts_str_escape(
	    sts_str(submit->reply.line), why + n, sizeof(why) - n);
	sts_submit_end(submit,
	    of_mail && submit->reply.code / 100 == 5 ? STS_SENT_REFUSED
						     : STS_SENT_RETRY,
	    why);
}

/* What was awaited has come. */
static void
go_on(struct sts_submit *submit)
{
	switch (submit->stage) {
	case STS_SUBMIT_GREETING:
		say(submit, STS_SUBMIT_EHLO, "EHLO ", submit->submitter->helo,
		    "");
		break;
	case STS_SUBMIT_EHLO:
		say(submit, STS_SUBMIT_MAIL, "MAIL FROM:<", submit->from, ">");
		break;
	case STS_SUBMIT_MAIL:
		say(submit, STS_SUBMIT_RCPT, "RCPT TO:<", submit->to, ">");
		break;
	case STS_SUBMIT_RCPT:
		say(submit, STS_SUBMIT_DATA, "DATA", "", "");
		break;
	case STS_SUBMIT_DATA:
		submit->stage = STS_SUBMIT_TEXT;
		await(submit, EV_WRITE);
		break;
	default: /* it has the message */
		sts_submit_end(submit, STS_SENT_ACCEPTED, "");
		break;
	}
}

static void
on_reply(struct sts_submit *submit)
{
	int want = submit->stage == STS_SUBMIT_DATA ? 3 : 2;

	if (submit->reply.code / 100 != want) {
		on_no(submit);
		return;
	}
	memset(&submit->reply, 0, sizeof(submit->reply));
	go_on(submit);
}

/* Nothing is sent ahead, so nothing may come behind a reply; but behind the
 * last one, which counts: a server that goes down says so. */
static void
on_input(struct sts_submit *submit)
{
	char buf[4096];
	ssize_t n = recv(submit->fd, buf, sizeof(buf), 0);
	enum sts_probe_read rc;
	size_t used = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		sts_submit_end(submit, STS_SENT_RETRY, lost);
		return;
	}
	rc = sts_probe_read(&submit->reply, buf, (size_t)n, &used);
	if (rc == STS_PROBE_DONE && submit->stage == STS_SUBMIT_END)
		used = (size_t)n;
	if (rc == STS_PROBE_BAD || (rc == STS_PROBE_DONE && used < (size_t)n))
		sts_submit_end(submit, STS_SENT_RETRY, "no SMTP");
	else if (rc == STS_PROBE_DONE)
		on_reply(submit);
}

static void
on_connected(struct sts_submit *submit)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(submit->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	if (error != 0) {
		on_refused(submit, error);
		return;
	}
	submit->stage = STS_SUBMIT_GREETING;
	await(submit, EV_READ);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct sts_submit *submit = arg;

	(void)fd;
	if (submit->stage == STS_SUBMIT_CONNECT)
		on_connected(submit);
	else if ((what & EV_WRITE) != 0)
		on_room(submit);
	else
		on_input(submit);
}
