/* SPDX-License-Identifier: ISC */
#ifndef AUTHORITY_H
#define AUTHORITY_H

#include <netinet/in.h>
#include <stdbool.h>

#include "loop.h"
#include "packet.h"

#define AUTHORITY_NAME 256

struct authority_question {
	const unsigned char *query; /* as it came */
	size_t n;
	size_t opt; /* where the question ends: the additional section */
	unsigned id;
	unsigned type;
	bool tcp;
	char name[AUTHORITY_NAME]; /* lower case, no trailing dot */
};

/* Make the answer; false: say nothing. */
typedef bool authority_answer(
    void *arg, const struct authority_question *asked, struct packet *packet);

/* A name server on a port of 127.0.0.1, UDP and TCP, on the test's loop. */
struct authority {
	struct loop *loop;
	int udp;
	int tcp;
	struct event *udp_event;
	struct event *tcp_event;
	char address[32]; /* "127.0.0.1@port" */
	authority_answer *answer;
	void *arg;
	unsigned asked;     /* questions seen, and of them */
	unsigned asked_tcp; /* by TCP */
};

void authority_init(struct authority *authority, struct loop *loop,
    authority_answer *answer, void *arg);
void authority_fini(struct authority *authority);

#endif
