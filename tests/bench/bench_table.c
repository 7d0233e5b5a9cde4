/* SPDX-License-Identifier: ISC */
/*
 * Asks a table as OpenSMTPD does: one question, then its answer, over a socket
 * that is the table's standard input and output. Every answer is checked.
 * Prints one JSON object, the time of an answer in microseconds.
 * bench_table text|imsg|raw LIST MILLISECONDS PROGRAM [ARGUMENT...]
 * A line of LIST is OPERATION, SERVICE, KEY, RESULT and TEXT (of a result that
 * has one) with tabs between, as "check domain a.example not-found"; it is
 * asked over and over. text is the protocol of 7.6, imsg that of 6.8; raw is
 * the text without a greeting, and no more of an answer is known than its size:
 * that of the first.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LIST_MAX  65536
#define FIELD_MAX 512
#define TIMES_MAX (1 << 22)

struct head {
	uint32_t type;
	uint16_t length; /* with this */
	uint16_t flags;
	uint32_t peer, pid;
};

struct text {
	size_t n;
	char p[FIELD_MAX];
};

struct item {
	struct text ask, answer;
};

enum form { TEXT, IMSG, RAW };

static struct {
	enum form form;
	int fd;
	pid_t pid;
	size_t n;
	struct item *items[LIST_MAX];
	uint32_t *times;
	size_t answers;
} bench;

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_table: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
spawn(char **argv)
{
	struct timeval patience = {.tv_sec = 5};
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	bench.pid = fork();
	must(bench.pid >= 0, "fork");
	if (bench.pid == 0) {
		must(dup2(pair[1], STDIN_FILENO) >= 0 &&
			 dup2(pair[1], STDOUT_FILENO) >= 0,
		    "dup2");
		close(pair[0]);
		close(pair[1]);
		execv(argv[0], argv);
		must(false, argv[0]);
	}
	close(pair[1]);
	bench.fd = pair[0];
	setsockopt(
	    bench.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static void
put(struct text *text, const void *p, size_t n)
{
	must(text->n + n <= sizeof(text->p), "a long line");
	memcpy(text->p + text->n, p, n);
	text->n += n;
}

static void
put_line(struct text *text, const char *a, size_t id, const char *b)
{
	text->n += (size_t)snprintf(text->p + text->n,
	    sizeof(text->p) - text->n, "%s|%08zx|%s\n", a, id, b);
	must(text->n < sizeof(text->p), "a long line");
}

static void
make_text(struct item *item, char **field)
{
	char head[FIELD_MAX], tail[FIELD_MAX];

	snprintf(head, sizeof(head), "table|0.1|1795473304.077176|sts|%s|%s",
	    field[0], field[1]);
	put_line(&item->ask, head, bench.n, field[2]);
	snprintf(head, sizeof(head), "%s-result", field[0]);
	snprintf(tail, sizeof(tail), "%s%s%s", field[3],
	    field[4][0] != '\0' ? "|" : "", field[4]);
	put_line(&item->answer, head, bench.n, tail);
}

static void
make_frame(struct item *item, char **field)
{
	bool check = strcmp(field[0], "check") == 0;
	struct head head = {.type = check ? 5 : 6};
	int32_t service = strcmp(field[1], "domain") == 0 ? 0x2 : 0x200;
	int32_t found = strcmp(field[3], "found") == 0;
	size_t none = 0, n = strlen(field[2]) + 1;

	head.length =
	    (uint16_t)(sizeof(head) + sizeof(service) + sizeof(none) + n);
	put(&item->ask, &head, sizeof(head));
	put(&item->ask, &service, sizeof(service));
	put(&item->ask, &none, sizeof(none));
	put(&item->ask, field[2], n);
	n = field[4][0] != '\0' ? strlen(field[4]) + 1 : 0;
	head = (struct head){
	    .length = (uint16_t)(sizeof(head) + sizeof(found) + n),
	    .pid = (uint32_t)bench.pid};
	put(&item->answer, &head, sizeof(head));
	put(&item->answer, &found, sizeof(found));
	put(&item->answer, field[4], n);
}

static void
read_list(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[FIELD_MAX];

	must(in != NULL, path);
	for (; fgets(line, sizeof(line), in) != NULL; bench.n++) {
		struct item *item = calloc(1, sizeof(*item));
		char *field[5], *rest = line;
		int i;

		for (i = 0; i < 5; i++)
			must((field[i] = strsep(&rest, "\t\n")) != NULL, line);
		must(item != NULL && bench.n < LIST_MAX, "memory");
		bench.items[bench.n] = item;
		if (bench.form == IMSG)
			make_frame(item, field);
		else
			make_text(item, field);
	}
	must(bench.n > 0, "an empty list");
	fclose(in);
}

/* Say it, and hear n octets. */
static void
exchange(const void *said, size_t said_n, char *heard, size_t n)
{
	must(send(bench.fd, said, said_n, MSG_NOSIGNAL) == (ssize_t)said_n,
	    "send");
	must(recv(bench.fd, heard, n, MSG_WAITALL) == (ssize_t)n, "no answer");
}

static void
greet(void)
{
	static const char lines[] = "config|smtpd-version|7.6.0p1\n"
				    "config|protocol|0.1\n"
				    "config|tablename|sts\nconfig|ready\n";
	static const char services[] =
	    "register|domain\nregister|relayhost\nregister|ready\n";
	struct {
		struct head head;
		uint32_t version;
		char name[2048];
	} open = {{.type = 2, .length = sizeof(open)}, 2, "sts"};
	char heard[sizeof(services)];

	if (bench.form == IMSG) {
		exchange(&open, sizeof(open), heard, sizeof(struct head));
	} else if (bench.form == TEXT) {
		exchange(lines, sizeof(lines) - 1, heard, sizeof(services) - 1);
		must(memcmp(heard, services, sizeof(services) - 1) == 0,
		    "greeting");
	}
}

static void
ask(const struct item *item)
{
	const struct text *answer = &item->answer;
	char heard[FIELD_MAX];
	int64_t begin;

	if (bench.form == RAW)
		answer = &bench.items[0]->answer;
	begin = now();
	exchange(item->ask.p, item->ask.n, heard, answer->n);
	bench.times[bench.answers++ % TIMES_MAX] = (uint32_t)(now() - begin);
	if (bench.form != RAW && memcmp(heard, answer->p, answer->n) != 0) {
		fprintf(stderr, "bench_table: wrong answer to %.*s: %.*s\n",
		    (int)item->ask.n, item->ask.p, (int)answer->n, heard);
		exit(1);
	}
}

static int
by_time(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	int64_t end;
	size_t i, n;

	if (argc < 5) {
		fputs("usage: bench_table text|imsg|raw LIST MILLISECONDS "
		      "PROGRAM [ARGUMENT...]\n",
		    stderr);
		return 64;
	}
	bench.form = argv[1][0] == 't' ? TEXT : argv[1][0] == 'i' ? IMSG : RAW;
	bench.times = malloc(TIMES_MAX * sizeof(*bench.times));
	must(bench.times != NULL, "memory");
	spawn(argv + 4);
	read_list(argv[2]);
	greet();
	end = now() + strtol(argv[3], NULL, 10) * 1000000;
	for (i = 0; now() < end; i = (i + 1) % bench.n)
		ask(bench.items[i]);
	n = bench.answers < TIMES_MAX ? bench.answers : TIMES_MAX;
	qsort(bench.times, n, sizeof(*bench.times), by_time);
	printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, "
	       "\"answers\": %zu, \"size\": %zu}\n",
	    bench.times[n / 2] / 1e3, bench.times[n - 1 - n / 100] / 1e3,
	    bench.times[n - 1] / 1e3, bench.answers, bench.items[0]->answer.n);
	return 0;
}
