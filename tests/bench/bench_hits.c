/* SPDX-License-Identifier: ISC */
/*
 * Asks one question over and over: CONNS connections, each with DEPTH
 * questions under way. Prints one JSON object: answers a second, and the
 * latency of one answer. Every answer is checked to be of the size of the
 * first, which is printed too.
 * bench_hits SOCKET CONNS DEPTH MILLISECONDS QUESTION
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNS_MAX 256
#define DEPTH_MAX 256
#define READ_MAX  65536
#define TIMES_MAX (1 << 24)

struct conn {
	int fd;
	size_t part;             /* octets of the answer under way */
	int64_t sent[DEPTH_MAX]; /* when; a ring */
	unsigned head;
};

struct bench {
	int poll;
	unsigned n_conns, depth;
	struct conn conns[CONNS_MAX];
	char question[512];
	size_t question_n;
	char *burst; /* depth questions, one after the other */
	size_t size; /* of an answer */
	uint32_t *times;
	size_t n_times;
	uint64_t answers;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_hits: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must(fd >= 0 && strlen(path) < sizeof(addr.sun_path), "socket");
	memcpy(addr.sun_path, path, strlen(path) + 1);
	must(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0, path);
	return fd;
}

/* One question by itself: how long is the answer? */
static void
learn_size(struct bench *bench, const char *path)
{
	char line[READ_MAX];
	ssize_t got;
	int fd = dial(path);

	must(send(fd, bench->question, bench->question_n, 0) ==
		 (ssize_t)bench->question_n,
	    "send");
	while (bench->size == 0 || line[bench->size - 1] != '\n') {
		got =
		    recv(fd, line + bench->size, sizeof(line) - bench->size, 0);
		must(got > 0, "no answer");
		bench->size += (size_t)got;
	}
	close(fd);
	fprintf(stderr, "%.*s", (int)bench->size, line);
}

static void
ask(struct bench *bench, struct conn *conn, unsigned n)
{
	size_t size = n * bench->question_n;
	int64_t t = now();
	unsigned i;

	for (i = 0; i < n; i++)
		conn->sent[(conn->head + i) % bench->depth] = t;
	conn->head = (conn->head + n) % bench->depth;
	must(send(conn->fd, bench->burst, size, 0) == (ssize_t)size, "send");
}

/* The oldest question under way is at head, once all of them are. */
static unsigned
note(struct bench *bench, struct conn *conn, unsigned n, int64_t t)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		int64_t sent = conn->sent[(conn->head + i) % bench->depth];

		if (bench->n_times < TIMES_MAX)
			bench->times[bench->n_times++] = (uint32_t)(t - sent);
	}
	bench->answers += n;
	return n;
}

static void
hear(struct bench *bench, struct conn *conn)
{
	static char in[READ_MAX];
	ssize_t got = recv(conn->fd, in, sizeof(in), 0);
	size_t at;
	unsigned n;

	must(got > 0, "the server went away");
	at = bench->size - 1 - conn->part;
	n = (unsigned)((conn->part + (size_t)got) / bench->size);
	conn->part = (conn->part + (size_t)got) % bench->size;
	for (; at < (size_t)got; at += bench->size)
		must(in[at] == '\n', "an answer of another size");
	if (n > 0)
		ask(bench, conn, note(bench, conn, n, now()));
}

static void
start(struct bench *bench, const char *path)
{
	struct epoll_event event = {.events = EPOLLIN};
	unsigned i;

	for (i = 0; i < bench->n_conns; i++) {
		struct conn *conn = &bench->conns[i];

		conn->fd = dial(path);
		event.data.ptr = conn;
		must(epoll_ctl(bench->poll, EPOLL_CTL_ADD, conn->fd, &event) ==
			 0,
		    "epoll_ctl");
		ask(bench, conn, bench->depth);
	}
}

static void
run_until(struct bench *bench, int64_t end)
{
	struct epoll_event events[CONNS_MAX];
	int i, n;

	while (now() < end) {
		n = epoll_wait(bench->poll, events, CONNS_MAX, 1000);
		must(n > 0, "the server is silent");
		for (i = 0; i < n; i++)
			hear(bench, events[i].data.ptr);
	}
}

static int
by_time(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
measure(struct bench *bench, int64_t duration)
{
	int64_t begin;
	double seconds;

	run_until(bench, now() + duration / 10); /* to warm up */
	bench->n_times = 0;
	bench->answers = 0;
	begin = now();
	run_until(bench, begin + duration);
	seconds = (double)(now() - begin) / 1e9;
	must(bench->n_times > 0, "nothing was answered");
	qsort(bench->times, bench->n_times, sizeof(*bench->times), by_time);
	printf("{\"per_second\": %.0f, \"p50_us\": %.2f, \"p99_us\": %.2f, "
	       "\"size\": %zu}\n",
	    (double)bench->answers / seconds,
	    bench->times[bench->n_times / 2] / 1e3,
	    bench->times[bench->n_times / 100 * 99] / 1e3, bench->size);
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	unsigned i;

	if (argc != 6) {
		fprintf(stderr, "usage: bench_hits SOCKET CONNS DEPTH "
				"MILLISECONDS QUESTION\n");
		return 64;
	}
	bench.n_conns = (unsigned)atoi(argv[2]);
	bench.depth = (unsigned)atoi(argv[3]);
	must(bench.n_conns >= 1 && bench.n_conns <= CONNS_MAX &&
		 bench.depth >= 1 && bench.depth <= DEPTH_MAX,
	    "too many");
	bench.question_n = (size_t)snprintf(
	    bench.question, sizeof(bench.question), "%s\n", argv[5]);
	must(bench.question_n < sizeof(bench.question), "question");
	bench.burst = malloc(bench.depth * bench.question_n);
	bench.times = malloc(TIMES_MAX * sizeof(*bench.times));
	bench.poll = epoll_create1(0);
	must(bench.burst && bench.times && bench.poll >= 0, "memory");
	for (i = 0; i < bench.depth; i++)
		memcpy(bench.burst + i * bench.question_n, bench.question,
		    bench.question_n);
	learn_size(&bench, argv[1]);
	start(&bench, argv[1]);
	measure(&bench, (int64_t)atoi(argv[4]) * 1000000);
	return 0;
}
