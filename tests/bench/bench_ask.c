/* SPDX-License-Identifier: ISC */
/*
 * Asks a list of questions, by our protocol or by Postfix's socketmap, and
 * checks every answer. Prints one JSON object.
 * bench_ask line|map WHERE CONNS LIST MILLISECONDS
 * WHERE is the path of a socket or a port of 127.0.0.1. A line of LIST is
 * question, how its answer begins, how it ends, with tabs between. Each is
 * asked once, or, with MILLISECONDS, all over again until they are over. CONNS
 * connections, each with one question under way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNS_MAX 256
#define LIST_MAX  65536
#define ITEM_MAX  2048
#define TIMES_MAX (1 << 23)

struct item {
	char *ask; /* as it goes over the wire */
	size_t ask_n;
	char *begin, *end; /* of the answer */
};

struct conn {
	int fd;
	struct item *item; /* under way; NULL: none */
	int64_t sent;
	char in[ITEM_MAX];
	size_t n;
};

struct bench {
	bool map;
	int poll;
	unsigned n_conns, under_way;
	struct conn conns[CONNS_MAX];
	struct item items[LIST_MAX];
	size_t n_items, next;
	int64_t until; /* 0: each once */
	uint32_t *times;
	size_t answers;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_ask: %s: %s\n", what, strerror(errno));
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
dial_path(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must(fd >= 0 && strlen(path) < sizeof(addr.sun_path), "socket");
	memcpy(addr.sun_path, path, strlen(path) + 1);
	must(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0, path);
	return fd;
}

static int
dial_port(const char *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	must(fd >= 0, "socket");
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	must(connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0, port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static char *
word(char **line)
{
	char *at = strsep(line, "\t\n");

	must(at != NULL, "a list without tabs");
	return strdup(at);
}

static void
add(struct bench *bench, char *line)
{
	struct item *item = &bench->items[bench->n_items++];
	char *question = word(&line);
	size_t size = strlen(question) + 32;

	item->ask = malloc(size);
	must(item->ask != NULL, "malloc");
	item->ask_n = bench->map
			  ? (size_t)snprintf(item->ask, size, "%zu:%s,",
				strlen(question), question)
			  : (size_t)snprintf(item->ask, size, "%s\n", question);
	item->begin = word(&line);
	item->end = word(&line);
	free(question);
}

static void
read_list(struct bench *bench, const char *path)
{
	FILE *in = fopen(path, "r");
	char line[ITEM_MAX];

	must(in != NULL, path);
	while (fgets(line, sizeof(line), in) != NULL) {
		must(bench->n_items < LIST_MAX, "too many questions");
		add(bench, line);
	}
	must(bench->n_items > 0, "an empty list");
	fclose(in);
}

static void
ask(struct bench *bench, struct conn *conn)
{
	if (conn->item != NULL) {
		conn->item = NULL;
		bench->under_way--;
	}
	if (bench->next == bench->n_items && bench->until != 0)
		bench->next = 0;
	if (bench->next == bench->n_items)
		return;
	conn->item = &bench->items[bench->next++];
	bench->under_way++;
	conn->n = 0;
	conn->sent = now();
	must(send(conn->fd, conn->item->ask, conn->item->ask_n, MSG_NOSIGNAL) ==
		 (ssize_t)conn->item->ask_n,
	    "send");
}

/* Is the answer whole? Then *text to *n is what it says. */
static bool
whole(const struct bench *bench, struct conn *conn, char **text, size_t *n)
{
	char *at;

	if (!bench->map) {
		*text = conn->in;
		*n = conn->n > 0 ? conn->n - 1 : 0;
		return conn->n > 0 && conn->in[*n] == '\n';
	}
	at = memchr(conn->in, ':', conn->n);
	if (at == NULL)
		return false;
	*text = at + 1;
	*n = strtoul(conn->in, NULL, 10);
	return conn->n == (size_t)(*text - conn->in) + *n + 1;
}

static void
check(const struct item *item, const char *text, size_t n)
{
	size_t begin = strlen(item->begin), end = strlen(item->end);

	if (n >= begin + end && memcmp(text, item->begin, begin) == 0 &&
	    memcmp(text + n - end, item->end, end) == 0)
		return;
	fprintf(stderr, "bench_ask: wrong answer to %.*s: %.*s\n",
	    (int)item->ask_n, item->ask, (int)n, text);
	exit(1);
}

static void
hear(struct bench *bench, struct conn *conn)
{
	ssize_t got =
	    recv(conn->fd, conn->in + conn->n, sizeof(conn->in) - conn->n, 0);
	int64_t t = now();
	char *text;
	size_t n;

	must(got > 0, "the server went away");
	conn->n += (size_t)got;
	must(conn->n < sizeof(conn->in), "a long answer");
	if (!whole(bench, conn, &text, &n))
		return;
	must(conn->item != NULL, "an answer to nothing");
	check(conn->item, text, n);
	bench->times[bench->answers++ % TIMES_MAX] =
	    (uint32_t)((t - conn->sent) / 100);
	ask(bench, conn);
}

static void
dial(struct bench *bench, const char *where)
{
	struct epoll_event event = {.events = EPOLLIN};
	unsigned i;

	for (i = 0; i < bench->n_conns; i++) {
		struct conn *conn = &bench->conns[i];

		conn->fd =
		    where[0] == '/' ? dial_path(where) : dial_port(where);
		event.data.ptr = conn;
		must(epoll_ctl(bench->poll, EPOLL_CTL_ADD, conn->fd, &event) ==
			 0,
		    "epoll_ctl");
	}
}

static void
run(struct bench *bench)
{
	struct epoll_event events[CONNS_MAX];
	int i, n;

	for (i = 0; i < (int)bench->n_conns; i++)
		ask(bench, &bench->conns[i]);
	while (bench->under_way > 0 &&
	       (bench->until == 0 || now() < bench->until)) {
		n = epoll_wait(bench->poll, events, CONNS_MAX, 30000);
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
print(struct bench *bench, double seconds)
{
	size_t n = bench->answers < TIMES_MAX ? bench->answers : TIMES_MAX;
	size_t half = n / 2, most = n - 1 - n / 100;

	must(n > 0, "nothing was answered");
	qsort(bench->times, n, sizeof(*bench->times), by_time);
	printf("{\"per_second\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"answers\": %zu}\n",
	    (double)bench->answers / seconds, bench->times[half] / 10.0,
	    bench->times[most] / 10.0, bench->answers);
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	int64_t begin, ms;

	if (argc != 6) {
		fputs("usage: bench_ask line|map WHERE CONNS LIST "
		      "MILLISECONDS\n",
		    stderr);
		return 64;
	}
	bench.map = strcmp(argv[1], "map") == 0;
	bench.n_conns = (unsigned)strtoul(argv[3], NULL, 10);
	must(bench.n_conns >= 1 && bench.n_conns <= CONNS_MAX, "CONNS");
	ms = strtol(argv[5], NULL, 10);
	read_list(&bench, argv[4]);
	bench.times = malloc(TIMES_MAX * sizeof(*bench.times));
	bench.poll = epoll_create1(0);
	must(bench.times != NULL && bench.poll >= 0, "memory");
	dial(&bench, argv[2]);
	begin = now();
	bench.until = ms > 0 ? begin + ms * 1000000 : 0;
	run(&bench);
	print(&bench, (double)(now() - begin) / 1e9);
	return 0;
}
