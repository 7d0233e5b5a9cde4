/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "link_queue.h"
#include "service_link.h"

#define SILENCE_MS    1500
#define BACK_OFF_MS   50
#define BACK_OFF_MAX  2000
#define QUESTIONS_MAX 16384
#define POLL_MAX      60000

static const char version[] = "STS1 ";
static const char interim[] = "STS1 wait";

struct sts_link {
	struct sockaddr_un to;
	int fd;
	int64_t back_off;
	int64_t retry;  /* no connection before */
	int64_t silent; /* the service is gone when this has come */
	struct sts_queue open;
	struct sts_asked *writing; /* the first not yet written to its end */
	size_t written;
	size_t have;
	char in[STS_CLIENT_LINE];
};

struct sts_link *
sts_link_new(const char *socket)
{
	struct sts_link *link = calloc(1, sizeof(*link));
	size_t n = strlen(socket);

	if (link == NULL)
		return NULL;
	link->fd = -1;
	link->back_off = BACK_OFF_MS;
	sts_queue_init(&link->open);
	link->to.sun_family = AF_UNIX;
	if (n < sizeof(link->to.sun_path)) /* else "", which none answers */
		memcpy(link->to.sun_path, socket, n + 1);
	return link;
}

static void
disconnect(struct sts_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->have = 0;
	link->writing = NULL;
	link->written = 0;
}

void
sts_link_free(struct sts_link *link)
{
	struct sts_asked *q, *next;

	if (link == NULL)
		return;
	disconnect(link);
	for (q = sts_queue_take(&link->open); q != NULL; q = next) {
		next = q->next;
		free(q);
	}
	free(link);
}

static void
append(struct sts_link *link, struct sts_asked *q)
{
	sts_queue_append(&link->open, q);
	if (link->writing == NULL) {
		link->writing = q;
		link->written = 0;
	}
}

static void
back_off(struct sts_link *link)
{
	link->retry = sts_link_now() + link->back_off;
	link->back_off *= 2;
	if (link->back_off > BACK_OFF_MAX)
		link->back_off = BACK_OFF_MAX;
}

/* EAGAIN, too, is a service that is not at work: its backlog is full. */
static bool
connected(struct sts_link *link)
{
	if (link->fd >= 0)
		return true;
	if (link->to.sun_path[0] == '\0' || sts_link_now() < link->retry)
		return false;
	link->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0 || connect(link->fd, (struct sockaddr *)&link->to,
				sizeof(link->to)) != 0) {
		disconnect(link);
		back_off(link);
		return false;
	}
	link->silent = sts_link_now() + SILENCE_MS;
	return true;
}

/* Ask anew those that met no end before; the others are handed back. */
static struct sts_asked *
ask_again(struct sts_link *link, struct sts_asked *q)
{
	struct sts_asked *dead = NULL, *next;

	for (; q != NULL; q = next) {
		next = q->next;
		if (!q->again && q->answered != NULL) {
			q->again = true;
			append(link, q);
			continue;
		}
		q->next = dead;
		dead = q;
	}
	return dead;
}

/*
 * The connection ended or is of no use. Where it may have ended before a
 * question was read (it was idle, or the service restarts), ask once more.
 */
static void
lost(struct sts_link *link, bool retry)
{
	struct sts_asked *q = sts_queue_take(&link->open);

	disconnect(link);
	if (!retry) {
		back_off(link);
	} else if (q != NULL && connected(link)) {
		q = ask_again(link, q);
		if (link->open.n == 0) { /* a service that only hangs up */
			disconnect(link);
			back_off(link);
		}
	}
	sts_asked_give_up(q);
}

static bool
write_some(struct sts_link *link)
{
	while (link->writing != NULL) {
		struct sts_asked *q = link->writing;
		ssize_t n = send(link->fd, q->text + link->written,
		    q->size - link->written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		link->written += (size_t)n;
		if (link->written < q->size)
			continue;
		link->writing = q->next;
		link->written = 0;
	}
	return true;
}

static bool
askable(const char *question)
{
	size_t n = strlen(question), i;

	for (i = 0; i < n; i++)
		if (question[i] < ' ' || question[i] > '~')
			return false;
	return n > 0 && n + sizeof(version) <= STS_CLIENT_LINE;
}

int
sts_link_ask(struct sts_link *link, const char *verb_and_args, int64_t deadline,
    sts_link_answered *answered, void *arg)
{
	struct sts_asked *q;

	if (link->open.n >= QUESTIONS_MAX || !askable(verb_and_args) ||
	    !connected(link))
		return -1;
	q = sts_asked_new(verb_and_args, deadline, answered, arg);
	if (q == NULL)
		return -1;
	if (link->open.n == 0)
		link->silent = sts_link_now() + SILENCE_MS;
	append(link, q);
	/* The end of the connection shows in sts_link_run(). */
	(void)write_some(link);
	return 0;
}

/* False: no answer to what was asked, so that no other is, either. */
static bool
take_line(struct sts_link *link, char *line, size_t n)
{
	if (strlen(line) != n)
		return false;
	if (n > 0 && line[n - 1] == '\r')
		line[n - 1] = '\0';
	if (link->open.first == NULL || link->open.first == link->writing)
		return false;
	if (strcmp(line, interim) == 0)
		return true;
	if (strncmp(line, version, sizeof(version) - 1) != 0)
		return false;
	link->back_off = BACK_OFF_MS;
	sts_queue_answer(&link->open, line);
	return true;
}

static bool
take_lines(struct sts_link *link)
{
	size_t at = 0;
	char *end;

	while ((end = memchr(link->in + at, '\n', link->have - at)) != NULL) {
		char *line = link->in + at;

		*end = '\0';
		at = (size_t)(end - link->in) + 1;
		if (!take_line(link, line, (size_t)(end - line)))
			return false;
	}
	link->have -= at;
	memmove(link->in, link->in + at, link->have);
	return link->have < sizeof(link->in);
}

enum heard { NOTHING, ENDED, NONSENSE };

static enum heard
read_some(struct sts_link *link)
{
	for (;;) {
		ssize_t n = recv(link->fd, link->in + link->have,
		    sizeof(link->in) - link->have, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return NOTHING;
		if (n <= 0)
			return ENDED;
		link->have += (size_t)n;
		link->silent = sts_link_now() + SILENCE_MS;
		if (!take_lines(link))
			return NONSENSE;
	}
}

static bool
fell_silent(const struct sts_link *link)
{
	return link->open.n > 0 && sts_link_now() >= link->silent;
}

void
sts_link_run(struct sts_link *link, short revents)
{
	int64_t now = sts_link_now();

	if (link->fd >= 0 && (revents != 0 || fell_silent(link))) {
		enum heard heard = read_some(link);

		if (heard == NOTHING && !write_some(link))
			heard = ENDED;
		if (heard != NOTHING)
			lost(link, heard == ENDED);
		else if (fell_silent(link))
			lost(link, false);
	}
	if (now >= link->open.soonest)
		sts_queue_expire(&link->open, now);
}

size_t
sts_link_open(const struct sts_link *link)
{
	return link->open.n;
}

void
sts_link_poll(const struct sts_link *link, struct pollfd *p)
{
	p->fd = link->fd;
	p->events = link->writing != NULL ? POLLIN | POLLOUT : POLLIN;
	p->revents = 0;
}

int64_t
sts_link_next(const struct sts_link *link)
{
	if (link->open.n > 0 && link->silent < link->open.soonest)
		return link->silent;
	return link->open.soonest;
}

static int
poll_time(int64_t now, int64_t next)
{
	if (next <= now)
		return 0;
	return next - now < POLL_MAX ? (int)(next - now) : POLL_MAX;
}

void
sts_link_wait(struct sts_link *link, const bool *done, int64_t until)
{
	while (!*done && link->open.n > 0) {
		int64_t now = sts_link_now();
		int64_t next = sts_link_next(link);
		struct pollfd p;

		if (now >= until)
			return;
		sts_link_poll(link, &p);
		if (poll(&p, 1, poll_time(now, next < until ? next : until)) <=
		    0)
			p.revents = 0;
		sts_link_run(link, p.revents);
	}
}

void
sts_link_reset(struct sts_link *link)
{
	struct sts_asked *all = sts_queue_take(&link->open);

	disconnect(link);
	sts_asked_give_up(all);
}
