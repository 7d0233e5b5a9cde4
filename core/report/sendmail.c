/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "sendmail_impl.h"

#define PROGRAM "/usr/sbin/sendmail"

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sts_sendmail_wake(arg);
}

/* Better to learn it now than with a program that is started already. */
static enum sts_err
check_pidfd(const struct sts_log *log)
{
	int fd = pidfd_open(getpid(), 0);

	if (fd < 0) {
		sts_log(log, STS_LOG_ERROR, "sendmail-pidfd",
		    "text=\"pidfd_open fails, which wants Linux 5.3\"");
		return STS_EINVAL;
	}
	close(fd);
	return STS_OK;
}

enum sts_err
sts_sendmail_new(struct event_base *base,
    const struct sts_sendmail_config *config, struct sts_clock clock,
    const struct sts_log *log, struct sts_sendmail **out)
{
	const char *program =
	    config->program != NULL ? config->program : PROGRAM;
	enum sts_err err = check_pidfd(log);
	struct sts_sendmail *sm;

	if (err != STS_OK)
		return err;
	if ((sm = calloc(1, sizeof(*sm))) == NULL)
		return STS_ENOMEM;
	if ((sm->program = strdup(program)) == NULL) {
		free(sm);
		return STS_ENOMEM;
	}
	sm->base = base;
	sm->clock = clock;
	sm->log = log;
	sm->running_max = config->running_max;
	event_assign(&sm->wake, base, -1, 0, on_wake, sm);
	TAILQ_INIT(&sm->waiting);
	TAILQ_INIT(&sm->running);
	*out = sm;
	return STS_OK;
}

void
sts_sendmail_free(struct sts_sendmail *sm)
{
	struct sts_mail *mail;
	siginfo_t info;

	if (sm == NULL)
		return;
	sm->closing = true;
	while ((mail = TAILQ_FIRST(&sm->running)) != NULL) {
		sts_child_kill(mail);
		sts_child_reap(mail, &info);
		sts_mail_end(mail, STS_SENT_LOCAL, "closing");
	}
	while ((mail = TAILQ_FIRST(&sm->waiting)) != NULL)
		sts_mail_end(mail, STS_SENT_LOCAL, "closing");
	event_del(&sm->wake);
	free(sm->program);
	free(sm);
}

struct sts_sending
sts_sendmail_sending(struct sts_sendmail *sm)
{
	return (struct sts_sending){&sts_sendmail_ops, sm};
}
