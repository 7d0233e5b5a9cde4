/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "filter_service.h"

#define CONNS 64
#define KEPT  70000

struct conn {
	int fd;
	size_t have;
	char in[65536];
	char *kept[KEPT]; /* questions not yet answered, in order */
	size_t n;
};

service_rule *service_answer;
void (*service_asked)(const char *question);
bool service_hung;

static int listener = -1;
static char path[108], folder[64];
static struct conn *conns[CONNS];

const char *
service_path(void)
{
	if (folder[0] == '\0') {
		strcpy(folder, "/tmp/filter-test-XXXXXX");
		if (mkdtemp(folder) == NULL)
			abort();
		snprintf(path, sizeof(path), "%s/sock", folder);
	}
	return path;
}

void
service_up(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	service_path();
	memcpy(at.sun_path, path, sizeof(at.sun_path));
	listener =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(listener, 64) != 0)
		abort();
}

static void
end_conn(size_t i)
{
	size_t k;

	for (k = 0; k < conns[i]->n; k++)
		free(conns[i]->kept[k]);
	close(conns[i]->fd);
	free(conns[i]);
	conns[i] = NULL;
}

void
service_hang_up(void)
{
	size_t i;

	for (i = 0; i < CONNS; i++)
		if (conns[i] != NULL)
			end_conn(i);
}

void
service_down(void)
{
	service_hang_up();
	if (listener >= 0) {
		close(listener);
		unlink(path);
	}
	listener = -1;
}

void
service_end(void)
{
	service_down();
	if (folder[0] != '\0')
		rmdir(folder);
	folder[0] = '\0';
	service_answer = NULL;
	service_asked = NULL;
	service_hung = false;
}

size_t
service_connections(void)
{
	size_t i, n = 0;

	for (i = 0; i < CONNS; i++)
		n += conns[i] != NULL ? 1 : 0;
	return n;
}

/* A line is written whole or not at all; there is one thread. */
static bool
put(struct conn *conn, const char *text)
{
	ssize_t n =
	    send(conn->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);

	return n >= 0 || errno != EAGAIN;
}

void
service_say(const char *text)
{
	size_t i;

	for (i = 0; i < CONNS; i++)
		if (conns[i] != NULL)
			(void)put(conns[i], text);
}

/* In the order of the questions: one that is kept keeps those behind it. */
static bool
answer_kept(struct conn *conn)
{
	size_t n;

	for (n = 0; n < conn->n; n++) {
		const char *answer = service_answer(conn->kept[n]);
		char line[4096];

		if (answer[0] == '\0')
			break;
		snprintf(line, sizeof(line), "%s\n", answer);
		if (!put(conn, line))
			break;
		free(conn->kept[n]);
	}
	conn->n -= n;
	memmove(conn->kept, conn->kept + n, conn->n * sizeof(conn->kept[0]));
	return n > 0;
}

void
service_release(void)
{
	size_t i;

	for (i = 0; i < CONNS; i++)
		if (conns[i] != NULL)
			(void)answer_kept(conns[i]);
}

static void
take(struct conn *conn, char *line)
{
	if (strncmp(line, "STS1 ", 5) != 0 || conn->n == KEPT)
		abort();
	if (service_asked != NULL)
		service_asked(line + 5);
	conn->kept[conn->n++] = strdup(line + 5);
}

static bool
step_conn(size_t i)
{
	struct conn *conn = conns[i];
	ssize_t n = recv(conn->fd, conn->in + conn->have,
	    sizeof(conn->in) - conn->have, MSG_DONTWAIT);
	char *end, *at = conn->in;

	if (n < 0)
		return answer_kept(conn);
	if (n == 0) {
		end_conn(i);
		return true;
	}
	conn->have += (size_t)n;
	while ((end = memchr(at, '\n', conn->have - (size_t)(at - conn->in))) !=
	       NULL) {
		*end = '\0';
		take(conn, at);
		at = end + 1;
	}
	conn->have -= (size_t)(at - conn->in);
	memmove(conn->in, at, conn->have);
	(void)answer_kept(conn);
	return true;
}

static bool
step_accept(void)
{
	size_t i;
	int fd =
	    listener < 0 ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	for (i = 0; i < CONNS && conns[i] != NULL; i++)
		;
	if (i == CONNS || (conns[i] = calloc(1, sizeof(*conns[i]))) == NULL)
		abort();
	conns[i]->fd = fd;
	return true;
}

bool
service_step(void)
{
	bool done = false;
	size_t i;

	if (service_hung)
		return false;
	while (step_accept())
		done = true;
	for (i = 0; i < CONNS; i++)
		if (conns[i] != NULL && step_conn(i))
			done = true;
	return done;
}
