/* SPDX-License-Identifier: ISC */
/*
 * What stsgated is measured against: the same socket kind, epoll and framing,
 * and no other work. To each line it answers one line of SIZE octets.
 * bench_echo SOCKET SIZE; SOCKET "-" is standard input, for one client.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EVENTS   64
#define READ_MAX 16384
#define OUT_MAX  (1 << 22)
#define FDS_MAX  1024

struct conn {
	char *out; /* what the client was too slow to take */
	size_t n;
};

struct server {
	int poll, listener;
	char *line;
	size_t size;
	struct conn conns[FDS_MAX];
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void
watch(struct server *server, int fd, uint32_t events, int op)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	must(epoll_ctl(server->poll, op, fd, &event) == 0, "epoll_ctl");
}

static void
take_client(struct server *server)
{
	int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		return;
	must(fd < FDS_MAX, "too many clients");
	watch(server, fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void
drop(struct server *server, int fd)
{
	struct conn *conn = &server->conns[fd];

	if (fd == STDIN_FILENO)
		exit(0);
	free(conn->out);
	conn->out = NULL;
	conn->n = 0;
	close(fd);
}

static void
flush(struct server *server, int fd, char *out, size_t n)
{
	struct conn *conn = &server->conns[fd];
	ssize_t sent = send(fd, out, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	size_t left;

	if (sent < 0 && errno != EAGAIN) {
		drop(server, fd);
		return;
	}
	left = n - (sent > 0 ? (size_t)sent : 0);
	if (left == 0) {
		if (conn->n > 0)
			watch(server, fd, EPOLLIN, EPOLL_CTL_MOD);
		conn->n = 0;
		return;
	}
	if (conn->out == NULL)
		must((conn->out = malloc(OUT_MAX)) != NULL, "malloc");
	memmove(conn->out, out + (n - left), left);
	if (conn->n == 0)
		watch(server, fd, EPOLLOUT, EPOLL_CTL_MOD);
	conn->n = left;
}

static void
answer(struct server *server, int fd)
{
	static char in[READ_MAX], out[OUT_MAX];
	ssize_t got = recv(fd, in, sizeof(in), MSG_DONTWAIT);
	const char *p = in, *lf;
	size_t n = 0;

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			drop(server, fd);
		return;
	}
	while ((lf = memchr(p, '\n', (size_t)(in + got - p))) != NULL) {
		must(n + server->size <= sizeof(out), "lines too short");
		memcpy(out + n, server->line, server->size);
		n += server->size;
		p = lf + 1;
	}
	if (n > 0)
		flush(server, fd, out, n);
}

static void
serve(struct server *server)
{
	struct epoll_event events[EVENTS];
	int i, fd, n = epoll_wait(server->poll, events, EVENTS, -1);

	for (i = 0; i < n; i++) {
		fd = events[i].data.fd;
		if (fd == server->listener)
			take_client(server);
		else if (events[i].events & EPOLLOUT)
			flush(server, fd, server->conns[fd].out,
			    server->conns[fd].n);
		else
			answer(server, fd);
	}
}

static int
listen_on(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd >= 0 && strlen(path) < sizeof(addr.sun_path), "socket");
	memcpy(addr.sun_path, path, strlen(path) + 1);
	must(bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0, "bind");
	must(listen(fd, 128) == 0, "listen");
	return fd;
}

int
main(int argc, char **argv)
{
	static struct server server;
	int size = argc == 3 ? atoi(argv[2]) : 0;

	if (size < 1 || size > READ_MAX) {
		fprintf(stderr, "usage: bench_echo SOCKET SIZE\n");
		return 64;
	}
	server.size = (size_t)size;
	server.line = malloc(server.size);
	server.poll = epoll_create1(0);
	must(server.line != NULL && server.poll >= 0, "epoll");
	memset(server.line, 'x', server.size - 1);
	server.line[server.size - 1] = '\n';
	if (strcmp(argv[1], "-") == 0) {
		server.listener = -1;
		watch(&server, STDIN_FILENO, EPOLLIN, EPOLL_CTL_ADD);
	} else {
		server.listener = listen_on(argv[1]);
		watch(&server, server.listener, EPOLLIN, EPOLL_CTL_ADD);
		puts("ready");
		fflush(stdout);
	}
	for (;;)
		serve(&server);
}
