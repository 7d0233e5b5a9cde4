/* SPDX-License-Identifier: ISC */
#ifndef STS_SENDMAIL_IMPL_H
#define STS_SENDMAIL_IMPL_H

#include <event2/event_struct.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "sts/sending_join.h"
#include "sts/sendmail.h"

#define STS_SENDMAIL_TEXT 512 /* octets kept of what a program complains of */

/* A message, and its program once it runs. */
struct sts_mail {
	struct sts_send send; /* the handle; first */
	TAILQ_ENTRY(sts_mail) link;
	struct sts_sendmail *sendmail;
	const char *from, *to;
	struct sts_str rest; /* of the message, not written yet */
	sts_sent_cb *cb;     /* NULL: cancelled, or told already */
	void *arg;
	struct sts_timer *timer;
	bool running;       /* in sendmail->running */
	pid_t pid;          /* not waited for yet; leads its process group */
	int pidfd, in, err; /* -1: closed */
	struct event exits, writes, reads;
	char text[STS_SENDMAIL_TEXT];
	size_t n_text;
};

TAILQ_HEAD(sts_mail_list, sts_mail);

struct sts_sendmail {
	struct event_base *base;
	struct sts_clock clock;
	const struct sts_log *log;
	char *program;
	size_t running_max, n_running;
	bool closing;
	struct event wake; /* there may be room */
	struct sts_mail_list waiting, running;
};

/* sendmail_job.c */
extern const struct sts_sending_ops sts_sendmail_ops;
/* From the loop: start what waits. */
void sts_sendmail_wake(struct sts_sendmail *sendmail);
/* Out of the lists, all let go, then the callback; mail is gone after it. */
void sts_mail_end(struct sts_mail *mail, enum sts_sent result, const char *why);
/* Has the program ended? Then tell how; mail is gone. */
bool sts_mail_exited(struct sts_mail *mail);

/* sendmail_child.c */
/* Run the program. 0, or errno. */
int sts_child_start(struct sts_mail *mail);
/* It and what it has started. */
void sts_child_kill(const struct sts_mail *mail);
/* It may be waited for. */
bool sts_child_ended(struct sts_mail *mail);
/* Wait until it has; info is of zeroes if that cannot be told. */
void sts_child_reap(struct sts_mail *mail, siginfo_t *info);
/* The message's end of the pipe: it reads an end of file. */
void sts_child_drop_input(struct sts_mail *mail);
/* Take what is left of its complaints, close all. */
void sts_child_close(struct sts_mail *mail);

/* sendmail_verdict.c */
enum sts_sent sts_sendmail_verdict(const siginfo_t *info, bool whole,
    struct sts_str text, char why[STS_SENDING_WHY]);

#endif
