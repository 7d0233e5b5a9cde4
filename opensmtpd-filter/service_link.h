/* SPDX-License-Identifier: ISC */
#ifndef STS_SERVICE_LINK_H
#define STS_SERVICE_LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sts/client.h"

/*
 * One lasting connection to stsgated (docs/protocol.md) that never blocks its
 * owner: questions are pipelined, answers come back in their order. It is made
 * when something is asked, and again after a back-off when it was lost. Since
 * the order is kept, a question that waits for a look-up holds up those behind
 * it: ask such ones on a link of their own.
 *
 * All times are milliseconds on the scale of sts_link_now(). One thread.
 */
struct sts_link;

/*
 * The answer, whole and known, or kind TEMP: line is then what the service
 * said, or "" for no answer (gone, silent, past the deadline). line is valid
 * during the call only. It may ask; it may not free or reset the link.
 */
typedef void
sts_link_answered(void *arg, enum sts_reply_kind kind, const char *line);

/* CLOCK_MONOTONIC. */
int64_t sts_link_now(void);

/* socket: path, copied. NULL for no memory. Nothing is connected yet. */
struct sts_link *sts_link_new(const char *socket);

/* Ends the connection; open questions are dropped without a call. */
void sts_link_free(struct sts_link *link);

/*
 * Ask verb_and_args (no version, no LF; copied), such as "route a.example now".
 * Only what is answered at once, or ends in "progress": 1.5 s without a line
 * is taken for a dead service. Returns 0, and answered is called exactly once,
 * from sts_link_run(), sts_link_wait() or sts_link_reset(), by deadline; a
 * question that met the end of a connection is asked once more. Or returns -1,
 * and answered is not called: the service cannot be reached now (or no memory,
 * too many questions, not askable).
 */
int sts_link_ask(struct sts_link *link, const char *verb_and_args,
    int64_t deadline, sts_link_answered *answered, void *arg);

/* Questions whose answer is not there, those past their deadline included. */
size_t sts_link_open(const struct sts_link *link);

/* What to poll for; fd is -1 while there is no connection. */
void sts_link_poll(const struct sts_link *link, struct pollfd *p);

/* When sts_link_run() is due even if nothing happens; INT64_MAX: never. */
int64_t sts_link_next(const struct sts_link *link);

/* Do what revents (0 is fine) and the time ask for. */
void sts_link_run(struct sts_link *link, short revents);

/*
 * Run this link alone until *done (which a callback of yours sets) or until
 * the time until has come; how to wait at most so long for an answer.
 */
void sts_link_wait(struct sts_link *link, const bool *done, int64_t until);

/*
 * Give up all open questions (answered is called with "") and close; the next
 * question connects anew, at once unless the back-off forbids it. For a link
 * whose question waits for a look-up that nobody wants to wait for any more.
 */
void sts_link_reset(struct sts_link *link);

#endif
