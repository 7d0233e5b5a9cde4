/* SPDX-License-Identifier: ISC */
/*
 * Mail servers that take everything as fast as they can, STARTTLS offered, a
 * thread a connection. bench_sink COUNTS < lines of "ADDRESS CERT KEY"
 * COUNTS is a file of two 64-bit numbers, kept up to date: messages taken, and
 * those of them that came over TLS. Prints "ready" when all listen on port 25.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_SIZE 2048

struct counts {
	_Atomic uint64_t messages, tls;
};

static struct counts *counts;

struct server {
	int fd;
	SSL_CTX *tls;
};

struct client {
	int fd;
	SSL_CTX *ctx;
	SSL *tls; /* NULL: in the clear */
	char in[LINE_SIZE];
	size_t n;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool
say(struct client *c, const char *text)
{
	int n = (int)strlen(text);

	if (c->tls != NULL)
		return SSL_write(c->tls, text, n) == n;
	return send(c->fd, text, (size_t)n, MSG_NOSIGNAL) == n;
}

/* More octets behind those in c->in. */
static bool
more(struct client *c)
{
	size_t room = sizeof(c->in) - c->n;
	ssize_t got;

	if (c->tls != NULL)
		got = SSL_read(c->tls, c->in + c->n, (int)room);
	else
		got = recv(c->fd, c->in + c->n, room, 0);
	if (got <= 0)
		return false;
	c->n += (size_t)got;
	return true;
}

/* The next line into line, without its end. */
static bool
hear(struct client *c, char *line)
{
	char *end;
	size_t n;

	while ((end = memchr(c->in, '\n', c->n)) == NULL)
		if (c->n == sizeof(c->in) || !more(c))
			return false;
	n = (size_t)(end - c->in) + 1;
	memcpy(line, c->in, n);
	line[n - 1] = '\0';
	if (n > 1 && line[n - 2] == '\r')
		line[n - 2] = '\0';
	c->n -= n;
	memmove(c->in, c->in + n, c->n);
	return true;
}

static bool
take_message(struct client *c, char *line)
{
	if (!say(c, "354 go on\r\n"))
		return false;
	while (hear(c, line))
		if (strcmp(line, ".") == 0) {
			atomic_fetch_add(&counts->messages, 1);
			if (c->tls != NULL)
				atomic_fetch_add(&counts->tls, 1);
			return say(c, "250 taken\r\n");
		}
	return false;
}

static bool
start_tls(struct client *c)
{
	if (!say(c, "220 go ahead\r\n"))
		return false;
	c->tls = SSL_new(c->ctx);
	c->n = 0;
	return c->tls != NULL && SSL_set_fd(c->tls, c->fd) == 1 &&
	       SSL_accept(c->tls) == 1;
}

/* One command; false ends the connection. */
static bool
obey(struct client *c, char *line)
{
	if (strncasecmp(line, "EHLO", 4) == 0)
		return say(c, c->tls != NULL ? "250-sink\r\n250 PIPELINING\r\n"
					     : "250-sink\r\n250-PIPELINING\r\n"
					       "250 STARTTLS\r\n");
	if (strcasecmp(line, "STARTTLS") == 0)
		return start_tls(c);
	if (strcasecmp(line, "DATA") == 0)
		return take_message(c, line);
	if (strcasecmp(line, "QUIT") == 0) {
		say(c, "221 bye\r\n");
		return false;
	}
	return say(c, "250 ok\r\n");
}

static void *
serve(void *arg)
{
	struct client *c = arg;
	char line[LINE_SIZE];

	if (say(c, "220 sink ESMTP\r\n"))
		while (hear(c, line) && obey(c, line))
			;
	if (c->tls != NULL) {
		SSL_shutdown(c->tls);
		SSL_free(c->tls);
	}
	close(c->fd);
	free(c);
	return NULL;
}

static void *
take_clients(void *arg)
{
	struct server *server = arg;
	pthread_attr_t attr;
	pthread_t thread;
	int on = 1;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		struct client *c = calloc(1, sizeof(*c));

		must(c != NULL, "memory");
		c->fd = accept(server->fd, NULL, NULL);
		must(c->fd >= 0, "accept");
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		c->ctx = server->tls;
		must(pthread_create(&thread, &attr, serve, c) == 0, "thread");
	}
	return NULL;
}

static void
listen_on(const char *address, const char *cert, const char *key)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(25)};
	pthread_t thread;

	must(server != NULL && inet_pton(AF_INET, address, &in.sin_addr) == 1,
	    address);
	server->tls = SSL_CTX_new(TLS_server_method());
	must(server->tls != NULL &&
		 SSL_CTX_use_certificate_chain_file(server->tls, cert) == 1 &&
		 SSL_CTX_use_PrivateKey_file(
		     server->tls, key, SSL_FILETYPE_PEM) == 1,
	    cert);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	must(bind(server->fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
		 listen(server->fd, 128) == 0,
	    address);
	must(
	    pthread_create(&thread, NULL, take_clients, server) == 0, "thread");
}

int
main(int argc, char **argv)
{
	char line[LINE_SIZE], *rest, *address, *cert;
	FILE *file = NULL;

	must(argc == 2 && (file = fopen(argv[1], "w+")) != NULL, "COUNTS");
	must(ftruncate(fileno(file), sizeof(*counts)) == 0, argv[1]);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fileno(file), 0);
	must(counts != MAP_FAILED, argv[1]);
	signal(SIGPIPE, SIG_IGN);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		rest = line;
		address = strsep(&rest, " ");
		cert = strsep(&rest, " ");
		must(rest != NULL, "ADDRESS CERT KEY");
		listen_on(address, cert, strsep(&rest, "\n"));
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
