/* SPDX-License-Identifier: ISC */
/*
 * How long does an SMTP server on 127.0.0.1 take to greet one more client,
 * while others wait for the reply to their RCPT? Prints one JSON object: the
 * microseconds from connect to greeting of each client, and those that each
 * RCPT took.
 * bench_banner PORT PACE MILLISECONDS < addresses
 * opens a session for each address; then these say RCPT, PACE microseconds
 * apart, and clients come until the last has a reply, and for so long at least.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smtp_talk.h"

#define SESSIONS_MAX 1024
#define CLIENTS_MAX  65536
#define PAUSE_US     2000

struct session {
	struct talk talk;
	const char *to;
	int64_t took;
	pthread_t thread;
};

static struct session sessions[SESSIONS_MAX];
static int64_t greeted[CLIENTS_MAX];
static atomic_size_t waiting;
static int64_t pace;

static void *
hold(void *arg)
{
	struct session *session = arg;
	int64_t begin;

	usleep((useconds_t)(pace * (session - sessions)));
	begin = now_ns();
	talk_ask(&session->talk, "250", "RCPT TO:<%s>\r\n", session->to);
	session->took = now_ns() - begin;
	atomic_fetch_sub(&waiting, 1);
	return NULL;
}

static int64_t
greeting(const char *port)
{
	int64_t begin = now_ns(), took;
	struct talk talk;

	talk_dial(&talk, port);
	talk_hear(&talk, "220");
	took = now_ns() - begin;
	talk_end(&talk);
	return took;
}

static void
print(const char *name, const char *end, size_t n, int64_t (*value)(size_t))
{
	size_t i;

	printf("\"%s\": [", name);
	for (i = 0; i < n; i++)
		printf("%s%.1f", i > 0 ? ", " : "", (double)value(i) / 1e3);
	printf("]%s", end);
}

static int64_t
client(size_t i)
{
	return greeted[i];
}

static int64_t
held(size_t i)
{
	return sessions[i].took;
}

int
main(int argc, char **argv)
{
	size_t n, i, clients = 0;
	char **to;
	int64_t end;

	if (argc != 4) {
		fputs("usage: bench_banner PORT PACE MILLISECONDS\n", stderr);
		return 64;
	}
	to = talk_addresses(&n);
	must(n > 0 && n <= SESSIONS_MAX, "addresses");
	for (i = 0; i < n; i++) {
		sessions[i].to = to[i];
		talk_begin(&sessions[i].talk, argv[1]);
		talk_ask(
		    &sessions[i].talk, "250", "MAIL FROM:<lab@localhost>\r\n");
	}
	waiting = n;
	pace = strtol(argv[2], NULL, 10);
	end = now_ns() + strtol(argv[3], NULL, 10) * 1000000;
	for (i = 0; i < n; i++)
		must(pthread_create(
			 &sessions[i].thread, NULL, hold, &sessions[i]) == 0,
		    "thread");
	while ((waiting > 0 || now_ns() < end) && clients < CLIENTS_MAX) {
		greeted[clients++] = greeting(argv[1]);
		usleep(PAUSE_US);
	}
	putchar('{');
	print("greeted", ", ", clients, client);
	print("held", "}\n", n, held);
	return 0;
}
