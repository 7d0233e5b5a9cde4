/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "authority.h"

#define TRIES 20

static struct packet packet;

/* libunbound asks well-formed questions; anything else fails the test. */
static void
parse(const unsigned char *query, size_t n, struct authority_question *out)
{
	size_t i, at = 12, used = 0;

	assert_true(n >= 12 && query[5] == 1);
	out->query = query;
	out->n = n;
	out->id = (unsigned)query[0] << 8 | query[1];
	while (at < n && query[at] != 0) {
		assert_true(used + query[at] + 2 < sizeof(out->name));
		if (used > 0)
			out->name[used++] = '.';
		for (i = 1; i <= query[at]; i++)
			out->name[used++] = (char)tolower(query[at + i]);
		at += (size_t)query[at] + 1;
	}
	out->name[used] = '\0';
	out->type = (unsigned)query[at + 1] << 8 | query[at + 2];
	out->opt = at + 5;
	assert_true(out->opt <= n);
}

static bool
make(
    struct authority *authority, const unsigned char *query, size_t n, bool tcp)
{
	struct authority_question asked = {.tcp = tcp};

	parse(query, n, &asked);
	authority->asked++;
	authority->asked_tcp += tcp;
	packet.n = 0;
	return authority->answer(authority->arg, &asked, &packet);
}

static void
on_udp(evutil_socket_t fd, short what, void *arg)
{
	unsigned char query[4096];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n = recvfrom(
	    fd, query, sizeof(query), 0, (struct sockaddr *)&from, &size);

	(void)what;
	if (n > 0 && make(arg, query, (size_t)n, false))
		(void)sendto(
		    fd, packet.b, packet.n, 0, (struct sockaddr *)&from, size);
}

/*
 * One question a connection. Its few octets are there at once on loopback
 * or follow soon: the wait is in the kernel, bounded by the test's limit.
 */
static void
on_tcp(evutil_socket_t fd, short what, void *arg)
{
	unsigned char query[4096], length[2];
	int conn = accept(fd, NULL, NULL);
	size_t n;

	(void)what;
	assert_true(conn >= 0);
	if (recv(conn, length, 2, MSG_WAITALL) == 2) {
		n = (size_t)length[0] << 8 | length[1];
		assert_true(n <= sizeof(query));
		if (recv(conn, query, n, MSG_WAITALL) == (ssize_t)n &&
		    make(arg, query, n, true)) {
			length[0] = packet.n >> 8 & 0xff;
			length[1] = packet.n & 0xff;
			(void)send(conn, length, 2, MSG_NOSIGNAL | MSG_MORE);
			(void)send(conn, packet.b, packet.n, MSG_NOSIGNAL);
		}
	}
	(void)close(conn);
}

/* A free port for TCP need not be free for UDP. */
static bool
try_both(struct authority *authority)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t size = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	authority->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	authority->tcp = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(authority->tcp, (struct sockaddr *)&addr, size), 0);
	assert_int_equal(listen(authority->tcp, 16), 0);
	assert_int_equal(
	    getsockname(authority->tcp, (struct sockaddr *)&addr, &size), 0);
	(void)snprintf(authority->address, sizeof(authority->address),
	    "127.0.0.1@%d", ntohs(addr.sin_port));
	if (bind(authority->udp, (struct sockaddr *)&addr, size) == 0)
		return true;
	(void)close(authority->udp);
	(void)close(authority->tcp);
	return false;
}

static void
bind_both(struct authority *authority)
{
	int i;

	for (i = 0; i < TRIES; i++)
		if (try_both(authority))
			return;
	fail_msg("no port that is free for both");
}

void
authority_init(struct authority *authority, struct loop *loop,
    authority_answer *answer, void *arg)
{
	memset(authority, 0, sizeof(*authority));
	authority->loop = loop;
	authority->answer = answer;
	authority->arg = arg;
	bind_both(authority);
	authority->udp_event = event_new(loop->base, authority->udp,
	    EV_READ | EV_PERSIST, on_udp, authority);
	authority->tcp_event = event_new(loop->base, authority->tcp,
	    EV_READ | EV_PERSIST, on_tcp, authority);
	assert_int_equal(event_add(authority->udp_event, NULL), 0);
	assert_int_equal(event_add(authority->tcp_event, NULL), 0);
}

void
authority_fini(struct authority *authority)
{
	event_free(authority->udp_event);
	event_free(authority->tcp_event);
	(void)close(authority->udp);
	(void)close(authority->tcp);
}
