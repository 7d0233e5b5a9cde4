/* SPDX-License-Identifier: ISC */
#ifndef STS_SUBMIT_IMPL_H
#define STS_SUBMIT_IMPL_H

#include <event2/event_struct.h>
#include <sys/queue.h>

#include "probe_reply.h"
#include "submit_text.h"
#include "sts/domain.h"
#include "sts/sending_join.h"
#include "sts/submit.h"

#define STS_SUBMIT_OUT 16384 /* octets written at once */

enum sts_submit_stage {
	STS_SUBMIT_START,
	STS_SUBMIT_CONNECT,
	/* What is awaited is the reply to: */
	STS_SUBMIT_GREETING,
	STS_SUBMIT_EHLO,
	STS_SUBMIT_MAIL,
	STS_SUBMIT_RCPT,
	STS_SUBMIT_DATA,
	STS_SUBMIT_TEXT, /* the message, which is being written */
	STS_SUBMIT_END   /* the message */
};

/* A message under way. */
struct sts_submit {
	struct sts_send send; /* the handle; first */
	TAILQ_ENTRY(sts_submit) link;
	struct sts_submitter *submitter;
	const char *from, *to;
	struct sts_submit_text text;
	sts_sent_cb *cb;
	void *arg;
	struct sts_timer *timer;
	enum sts_submit_stage stage;
	size_t at; /* of the server's addresses */
	int fd;    /* -1: closed */
	struct event event;
	struct sts_probe_reply reply;
	char out[STS_SUBMIT_OUT];
	size_t n_out, at_out; /* in it, and written of that */
};

TAILQ_HEAD(sts_submit_list, sts_submit);

struct sts_submitter {
	struct event_base *base;
	struct sts_loopback server;
	char helo[STS_DOMAIN_SIZE];
	struct sts_clock clock;
	const struct sts_log *log;
	bool closing;
	struct sts_submit_list open;
};

/* submit.c */
/* All let go, then the callback; it is gone after that. */
void sts_submit_end(
    struct sts_submit *submit, enum sts_sent result, const char *why);

/* submit_dialog.c */
/* From the loop: begin. */
void sts_submit_start(struct sts_submit *submit);
/* Say good-bye, if that is no part of the message, and let all go. */
void sts_submit_drop(struct sts_submit *submit);

#endif
