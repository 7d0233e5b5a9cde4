/* SPDX-License-Identifier: ISC */
#ifndef FILTER_SERVICE_H
#define FILTER_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A stand-in for stsgated in this thread: it answers when service_step() is
 * called, as service_rule says. One at a time.
 */

/* The answer without LF, "" to keep silent until service_release(). */
typedef const char *service_rule(const char *question);

extern service_rule *service_answer;
/* Called with each question, without version and LF. May be NULL. */
extern void (*service_asked)(const char *question);

extern bool service_hung; /* reads nothing, takes nobody */

const char *service_path(void);
void service_up(void);
/* The listener and all connections end; what was kept is forgotten. */
void service_down(void);
/* The connections end, the listener stays. */
void service_hang_up(void);
/* True if anything was done. */
bool service_step(void);
/* Write this on every connection. */
void service_say(const char *text);
/* Answer the kept questions, by the rule of now. */
void service_release(void);
size_t service_connections(void);
/* Forget all; to be called at the end of a test. */
void service_end(void);

#endif
