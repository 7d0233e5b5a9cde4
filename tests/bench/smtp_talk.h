/* SPDX-License-Identifier: ISC */
#ifndef STS_BENCH_SMTP_TALK_H
#define STS_BENCH_SMTP_TALK_H

#include <stddef.h>
#include <stdint.h>

/*
 * A client of an SMTP server on 127.0.0.1, that waits for each reply. What
 * goes wrong, or is not answered as expected, ends the program.
 */
struct talk {
	int fd;
	char in[2048];
	size_t n;
};

void must(int ok, const char *what);
int64_t now_ns(void);

void talk_dial(struct talk *talk, const char *port);
void talk_say(struct talk *talk, const char *text, size_t n);

/* The reply, of one line or more, must begin with code. */
void talk_hear(struct talk *talk, const char *code);

/* One command, made by format, and its reply. */
__attribute__((format(printf, 3, 4))) void
talk_ask(struct talk *talk, const char *code, const char *format, ...);

/* Dial, and greet each other. */
void talk_begin(struct talk *talk, const char *port);
void talk_end(struct talk *talk);

/* The lines of standard input; *n is how many. The list is never freed. */
char **talk_addresses(size_t *n);

#endif
