/* SPDX-License-Identifier: ISC */
#ifndef TEST_FAKE_H
#define TEST_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In a child process a failed check ends the case. */
#define CHECK(what)                                           \
	do {                                                  \
		if (!(what))                                  \
			fake_fail(__FILE__, __LINE__, #what); \
	} while (0)

_Noreturn void fake_fail(const char *file, int line, const char *what);

/* Run one case in a child process; 0 when it passed. */
int fake_case(void (*fn)(const void *), const void *arg);

/* Exim: load the module given on the command line. */
void exim_load(const char *path);
/* What a variable, or any other text, expands to; NULL: it fails. */
void exim_set(const char *text, const char *value);
/* Everything fails to expand. */
void exim_break(bool broken);
/* Call the module with words separated by blanks; what it yields. */
const char *exim_call(const char *words);
/* The same for raw arguments; checks that the result is OK. */
const char *exim_call_raw(int argc, unsigned char *argv[]);
/* Raise an event. */
const char *exim_event(const char *name, const char *data);
/* The lines logged since the last call, each ended by LF. */
const char *exim_log(void);
/* Move the monotonic clock. */
void exim_later(int seconds);

/* stsgated: answer questions that begin with ask (the longest wins). "" is
 * no answer; without an entry it is an error. */
void service_start(void);
void service_answer(const char *ask, const char *answer);
/* The same, as soon as a question that begins with when was answered. */
void service_then(const char *when, const char *ask, const char *answer);
/* The questions since the last call, each ended by LF. */
const char *service_asked(void);
const char *service_path(void);

#endif
