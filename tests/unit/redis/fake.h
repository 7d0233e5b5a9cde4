/* SPDX-License-Identifier: ISC */
#ifndef REDIS_FAKE_H
#define REDIS_FAKE_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct bufferevent;

/* A server that says what the test wants, on a socket of its own; it greets as
 * a primary does. */
struct fake {
	struct event_base *base;
	struct evconnlistener *listener;
	char path[64], url[80];
	struct bufferevent *conns[16];
	const char *role;   /* answer to ROLE; NULL: a primary's */
	const char *answer; /* to all but the greeting */
	size_t n;           /* octets of it */
	bool hang_up;       /* behind the answer */
	bool flood;         /* after the answer: octets without end */
	unsigned connects, asked;
};

void fake_open(struct fake *fake, struct event_base *base);
void fake_close(struct fake *fake);
/* Unasked, to all who are connected. */
void fake_say(struct fake *fake, const char *text, size_t n);

#endif
