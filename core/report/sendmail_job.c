/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sendmail_impl.h"

static void
leave_list(struct sts_mail *mail)
{
	struct sts_sendmail *sm = mail->sendmail;

	if (!mail->running) {
		TAILQ_REMOVE(&sm->waiting, mail, link);
		return;
	}
	TAILQ_REMOVE(&sm->running, mail, link);
	sm->n_running--;
	if (!sm->closing)
		event_active(&sm->wake, EV_TIMEOUT, 0);
}

static void
forget_timer(struct sts_mail *mail)
{
	struct sts_clock *clock = &mail->sendmail->clock;

	clock->ops->cancel(clock->ctx, mail->timer);
	mail->timer = NULL;
}

/* Nobody may touch anything of the mailer behind it: cb may have freed it. */
static void
tell(const struct sts_log *log, sts_sent_cb *cb, void *arg,
    enum sts_sent result, const char *why)
{
	if (result != STS_SENT_ACCEPTED)
		sts_log(log,
		    result == STS_SENT_LOCAL ? STS_LOG_WARNING : STS_LOG_DEBUG,
		    "sendmail", "result=%s why=\"%s\"",
		    result == STS_SENT_LOCAL     ? "local"
		    : result == STS_SENT_REFUSED ? "refused"
						 : "retry",
		    why);
	cb(arg, result, why);
}

void
sts_mail_end(struct sts_mail *mail, enum sts_sent result, const char *why)
{
	const struct sts_log *log = mail->sendmail->log;
	sts_sent_cb *cb = mail->cb;
	void *arg = mail->arg;

	forget_timer(mail);
	sts_child_close(mail);
	leave_list(mail);
	free(mail);
	if (cb != NULL)
		tell(log, cb, arg, result, why);
}

bool
sts_mail_exited(struct sts_mail *mail)
{
	char why[STS_SENDING_WHY];
	enum sts_sent result;
	siginfo_t info;
	bool whole = mail->rest.n == 0;

	if (!sts_child_ended(mail))
		return false;
	/* What it has left behind would take half a message for all of it:
	 * an end of file looks the same. So before the pipe is closed. */
	if (!whole)
		sts_child_kill(mail);
	sts_child_reap(mail, &info);
	sts_child_close(mail);
	result = sts_sendmail_verdict(
	    &info, whole, (struct sts_str){mail->text, mail->n_text}, why);
	sts_mail_end(mail, result, why);
	return true;
}

/*
 * Nobody waits for its end any more but we, who must not leave a zombie. The
 * message is the caller's and may go now. Killed first, then the pipe is
 * closed; see above.
 */
static void
abandon(struct sts_mail *mail)
{
	sts_child_kill(mail);
	sts_child_drop_input(mail);
	forget_timer(mail);
	mail->cb = NULL;
}

static void
on_deadline(void *arg)
{
	struct sts_mail *mail = arg;
	const struct sts_log *log = mail->sendmail->log;
	sts_sent_cb *cb = mail->cb;
	void *cb_arg = mail->arg;

	mail->timer = NULL;
	if (!mail->running) {
		sts_mail_end(mail, STS_SENT_LOCAL, "busy");
		return;
	}
	if (sts_mail_exited(mail))
		return;
	abandon(mail);
	tell(log, cb, cb_arg, STS_SENT_RETRY, "timeout");
}

static void
cancel(struct sts_send *send)
{
	struct sts_mail *mail = (struct sts_mail *)send;

	if (mail->running) {
		abandon(mail);
		return;
	}
	mail->cb = NULL;
	sts_mail_end(mail, STS_SENT_LOCAL, "");
}

/* A program that runs already has not got all of the message. */
static void
fail_start(struct sts_mail *mail, int error)
{
	char why[STS_SENDING_WHY];
	siginfo_t info;

	snprintf(why, sizeof(why), "start: %s", strerrordesc_np(error));
	sts_child_kill(mail);
	sts_child_reap(mail, &info);
	sts_mail_end(mail, STS_SENT_LOCAL, why);
}

void
sts_sendmail_wake(struct sts_sendmail *sm)
{
	struct sts_mail *mail;
	int error;

	while (sm->n_running < sm->running_max &&
	       (mail = TAILQ_FIRST(&sm->waiting)) != NULL) {
		TAILQ_REMOVE(&sm->waiting, mail, link);
		TAILQ_INSERT_TAIL(&sm->running, mail, link);
		mail->running = true;
		sm->n_running++;
		if ((error = sts_child_start(mail)) == 0)
			continue;
		/* Its end wakes us again, unless the callback frees all. */
		fail_start(mail, error);
		return;
	}
}

static struct sts_mail *
make(struct sts_sendmail *sm, int64_t deadline)
{
	struct sts_mail *mail = calloc(1, sizeof(*mail));

	if (mail == NULL)
		return NULL;
	mail->timer =
	    sm->clock.ops->timer(sm->clock.ctx, deadline, on_deadline, mail);
	if (mail->timer == NULL) {
		free(mail);
		return NULL;
	}
	mail->send.cancel = cancel;
	mail->sendmail = sm;
	mail->pidfd = mail->in = mail->err = -1;
	TAILQ_INSERT_TAIL(&sm->waiting, mail, link);
	return mail;
}

static struct sts_send *
send_mail(void *ctx, const char *from, const char *to, struct sts_str message,
    int64_t deadline, sts_sent_cb *cb, void *arg)
{
	struct sts_sendmail *sm = ctx;
	struct sts_mail *mail;

	if (!sts_sending_address(from) || !sts_sending_address(to)) {
		tell(sm->log, cb, arg, STS_SENT_REFUSED, "address");
		return NULL;
	}
	if (sm->closing || (mail = make(sm, deadline)) == NULL) {
		tell(sm->log, cb, arg, STS_SENT_LOCAL,
		    sm->closing ? "closing" : "no memory");
		return NULL;
	}
	mail->from = from;
	mail->to = to;
	mail->rest = message;
	mail->cb = cb;
	mail->arg = arg;
	event_active(&sm->wake, EV_TIMEOUT, 0);
	return &mail->send;
}

static struct sts_send *
no_post(void *ctx, const char *url, struct sts_str gzip, int64_t deadline,
    sts_sent_cb *cb, void *arg)
{
	struct sts_sendmail *sm = ctx;

	(void)url;
	(void)gzip;
	(void)deadline;
	tell(sm->log, cb, arg, STS_SENT_LOCAL, "mail only");
	return NULL;
}

const struct sts_sending_ops sts_sendmail_ops = {
    send_mail, no_post, sts_sending_cancel};
