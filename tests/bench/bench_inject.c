/* SPDX-License-Identifier: ISC */
/*
 * Hands messages of SIZE octets to an SMTP server on 127.0.0.1, one to each
 * address, over SESSIONS connections with a message each under way. Prints one
 * JSON object: the seconds from the first MAIL to the last reply, and those of
 * CPU that this program took in them. The connections are made before that, one
 * by one: OpenSMTPD's backlog is short.
 * bench_inject PORT SESSIONS SIZE < addresses
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "smtp_talk.h"

#define SESSIONS_MAX 64
#define LINE         72
#define HEAD         "Subject: bench\r\nFrom: <lab@localhost>\r\n\r\n"
#define END          ".\r\n"

static struct {
	const char *port;
	char **to;
	size_t n, size;
	char *message;
	atomic_size_t next, taken;
	_Atomic int64_t begin, end; /* of the first; of the last */
	pthread_barrier_t ready;
} bench;

static void
make_message(size_t size)
{
	size_t at = strlen(HEAD);

	bench.message = malloc(size + LINE + sizeof(HEAD) + sizeof(END));
	must(bench.message != NULL, "memory");
	memcpy(bench.message, HEAD, at);
	for (; at < size; at += LINE) {
		memset(bench.message + at, 'x', LINE - 2);
		memcpy(bench.message + at + LINE - 2, "\r\n", 2);
	}
	memcpy(bench.message + at, END, strlen(END));
	bench.size = at + strlen(END);
}

static void
send_one(struct talk *talk, const char *to)
{
	talk_ask(talk, "250", "MAIL FROM:<lab@localhost>\r\n");
	talk_ask(talk, "250", "RCPT TO:<%s>\r\n", to);
	talk_ask(talk, "354", "DATA\r\n");
	talk_say(talk, bench.message, bench.size);
	talk_hear(talk, "250");
}

static void *
session(void *arg)
{
	struct talk *talk = arg;
	int64_t none = 0;
	size_t i;

	pthread_barrier_wait(&bench.ready);
	atomic_compare_exchange_strong(&bench.begin, &none, now_ns());
	while ((i = atomic_fetch_add(&bench.next, 1)) < bench.n) {
		send_one(talk, bench.to[i]);
		if (atomic_fetch_add(&bench.taken, 1) + 1 == bench.n)
			bench.end = now_ns();
	}
	return NULL;
}

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
measure(unsigned sessions)
{
	static struct talk talks[SESSIONS_MAX];
	pthread_t threads[SESSIONS_MAX];
	double used;
	unsigned i;

	pthread_barrier_init(&bench.ready, NULL, sessions + 1);
	for (i = 0; i < sessions; i++) {
		talk_begin(&talks[i], bench.port);
		must(pthread_create(&threads[i], NULL, session, &talks[i]) == 0,
		    "thread");
	}
	pthread_barrier_wait(&bench.ready);
	used = cpu();
	for (i = 0; i < sessions; i++)
		pthread_join(threads[i], NULL);
	used = cpu() - used;
	for (i = 0; i < sessions; i++)
		talk_end(&talks[i]);
	printf("{\"seconds\": %.6f, \"cpu\": %.6f, \"messages\": %zu}\n",
	    (double)(bench.end - bench.begin) / 1e9, used, bench.n);
}

int
main(int argc, char **argv)
{
	unsigned sessions =
	    argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	if (sessions < 1 || sessions > SESSIONS_MAX) {
		fputs("usage: bench_inject PORT SESSIONS SIZE\n", stderr);
		return 64;
	}
	bench.port = argv[1];
	bench.to = talk_addresses(&bench.n);
	must(bench.n > 0, "no addresses");
	make_message(strtoul(argv[3], NULL, 10));
	measure(sessions);
	return 0;
}
