/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "signed.h"
#include "wire.h"

#define SCRIPT STS_SOURCE_DIR "/tests/unit/discovery_dns/serve-signed"
#define STARTS 5
#define WAIT   50  /* milliseconds */
#define WAITS  400 /* of those until nsd must be there */

static struct sockaddr_in
free_port(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t size = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &size), 0);
	(void)close(fd);
	return addr;
}

static void
run(const struct signed_zones *zones, int port)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%d", port);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)execl(SCRIPT, SCRIPT, zones->dir, text, (char *)NULL);
	_exit(127);
}

/* nsd's answer to this question; 0: none within the time. */
static size_t
ask_nsd(
    int fd, const unsigned char *query, size_t n, int wait, struct packet *out)
{
	struct pollfd ready = {fd, POLLIN, 0};
	ssize_t got = 0;

	(void)send(fd, query, n, 0);
	while (got >= 0 && poll(&ready, 1, wait) == 1) {
		got = recv(fd, out->b, sizeof(out->b), 0);
		if (got >= 12 && memcmp(out->b, query, 2) == 0)
			return (size_t)got;
	}
	/* Refused: it does not listen yet. */
	if (got < 0)
		(void)poll(NULL, 0, wait);
	return 0;
}

static bool
wait_for_nsd(const struct signed_zones *zones)
{
	static struct packet query, answer;
	int i, status;

	packet_begin(&query, 1, 0, "", STS_TYPE_SOA);
	query.b[2] = query.b[3] = 0;
	for (i = 0; i < WAITS; i++) {
		if (ask_nsd(zones->fd, query.b, query.n, WAIT, &answer))
			return true;
		if (waitpid(zones->pid, &status, WNOHANG) == zones->pid)
			return false;
	}
	(void)kill(zones->pid, SIGTERM);
	(void)waitpid(zones->pid, &status, 0);
	return false;
}

/* The port may be taken by TCP, or by somebody quicker. */
static bool
try_start(struct signed_zones *zones)
{
	struct sockaddr_in addr = free_port();

	zones->pid = fork();
	if (zones->pid == 0)
		run(zones, ntohs(addr.sin_port));
	assert_true(zones->pid > 0);
	zones->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(
	    connect(zones->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (wait_for_nsd(zones))
		return true;
	(void)close(zones->fd);
	return false;
}

void
signed_start(struct signed_zones *zones)
{
	int i;

	(void)snprintf(
	    zones->dir, sizeof(zones->dir), "/tmp/sts-signed-XXXXXX");
	assert_non_null(mkdtemp(zones->dir));
	(void)snprintf(zones->root_key, sizeof(zones->root_key), "%s/root.key",
	    zones->dir);
	(void)snprintf(zones->other_key, sizeof(zones->other_key),
	    "%s/other.key", zones->dir);
	for (i = 0; i < STARTS; i++)
		if (try_start(zones))
			return;
	fail_msg("no signed zones: are ldnsutils and nsd installed?");
}

void
signed_stop(struct signed_zones *zones)
{
	char command[128];

	(void)kill(zones->pid, SIGTERM);
	(void)waitpid(zones->pid, NULL, 0);
	(void)close(zones->fd);
	(void)snprintf(command, sizeof(command), "rm -r %s", zones->dir);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
}

static bool
servfail(const struct authority_question *asked, struct packet *packet)
{
	packet_begin(packet, asked->id, 2, asked->name, asked->type);
	return true;
}

bool
signed_answer(
    void *arg, const struct authority_question *asked, struct packet *packet)
{
	const struct signed_zones *zones = arg;
	unsigned char query[4096];
	size_t n = asked->n;
	bool keys = asked->type == STS_TYPE_DNSKEY;

	if (zones->mode == SIGNED_DOWN ||
	    (zones->mode == SIGNED_DROP_KEYS && keys) ||
	    (zones->mode == SIGNED_ONLY_KEYS && !keys))
		return false;
	if (zones->mode == SIGNED_FAIL ||
	    (zones->mode == SIGNED_FAIL_KEYS && keys))
		return servfail(asked, packet);
	memcpy(query, asked->query, n);
	if (zones->mode == SIGNED_STRIP) {
		n = asked->opt;
		query[11] = 0; /* no additional section, so no DO bit */
	}
	packet->n = ask_nsd(zones->fd, query, n, 2000, packet);
	return packet->n > 0;
}
