/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "task.h"

#define IN_FIRST 4096
#define READ_MAX 16384 /* taken at once, so that no client starves others */
#define OUT_KEEP 16384

static int64_t
now(const struct sts_service *service)
{
	return service->deps.clock.ops->mono(service->deps.clock.ctx);
}

static void
set_event(struct event *event, bool want, bool *have)
{
	if (want == *have)
		return;
	if ((want ? event_add(event, NULL) : event_del(event)) == 0)
		*have = want;
}

/* Room for more input; false: a line is too long, or no memory. */
static bool
make_room(struct sts_conn *conn)
{
	size_t cap = conn->in_cap;
	char *in;

	if (conn->end < cap)
		return true;
	if (conn->start > 0) {
		memmove(
		    conn->in, conn->in + conn->start, conn->end - conn->start);
		conn->end -= conn->start;
		conn->seen -= conn->start;
		conn->start = 0;
		return true;
	}
	if (cap == STS_LINE_MAX)
		return false;
	cap = cap * 4 < STS_LINE_MAX ? cap * 4 : STS_LINE_MAX;
	in = realloc(conn->in, cap);
	if (in == NULL) {
		conn->dead = true;
		return false;
	}
	conn->in = in;
	conn->in_cap = cap;
	return true;
}

static void
read_some(struct sts_conn *conn)
{
	size_t room;
	ssize_t n;

	if (conn->eof || conn->closing || !make_room(conn))
		return;
	room = conn->in_cap - conn->end;
	n = recv(conn->fd, conn->in + conn->end,
	    room < READ_MAX ? room : READ_MAX, MSG_DONTWAIT);
	if (n > 0) {
		conn->end += (size_t)n;
		conn->traffic = true;
		conn->heard = now(conn->service);
	} else if (n == 0) {
		conn->eof = true;
	} else if (errno != EAGAIN && errno != EINTR) {
		conn->dead = true;
	}
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_some(arg);
	sts_conn_run(arg);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sts_conn_run(arg);
}

/* The next whole line, or at the end of the file the rest. */
static bool
next_line(struct sts_conn *conn, struct sts_str *line)
{
	char *lf = NULL;

	if (conn->seen < conn->end)
		lf =
		    memchr(conn->in + conn->seen, '\n', conn->end - conn->seen);
	if (lf == NULL && (!conn->eof || conn->start == conn->end)) {
		conn->seen = conn->end;
		return false;
	}
	line->p = conn->in + conn->start;
	line->n = (lf != NULL ? lf : conn->in + conn->end) - line->p;
	conn->start += line->n + (lf != NULL ? 1 : 0);
	conn->seen = conn->start;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool
may_take(const struct sts_conn *conn)
{
	return !conn->closing && !conn->dead && conn->n_ring < STS_RING &&
	       conn->out.n - conn->written < STS_OUT_SOFT;
}

static void
too_long(struct sts_conn *conn)
{
	static const char line[] =
	    "STS1 error length text=more%20than%2065536%20octets\n";

	conn->closing = true;
	/* After the answers to what was asked before. */
	conn->too_long = conn->n_ring > 0;
	if (conn->too_long)
		return;
	conn->service->stats.errors++;
	sts_buf_add(&conn->out, line, sizeof(line) - 1);
}

static void
take_lines(struct sts_conn *conn)
{
	struct sts_str line;

	while (may_take(conn) && next_line(conn, &line))
		if (!sts_conn_line(conn, line))
			conn->dead = true;
	if (conn->start == conn->end) {
		conn->start = conn->end = conn->seen = 0;
	} else if (conn->end - conn->start == STS_LINE_MAX &&
		   conn->seen == conn->end && may_take(conn)) {
		too_long(conn);
	}
}

/* Move the answers whose turn it is. */
static void
drain_ring(struct sts_conn *conn)
{
	while (conn->n_ring > 0) {
		struct sts_task *task = conn->ring[conn->head];

		if (!task->done)
			break;
		sts_buf_add(&conn->out, task->held.p, task->held.n);
		if (task->held.failed || conn->out.failed)
			conn->dead = true; /* or the answers would shift */
		conn->held -= task->held.n;
		sts_task_release(task);
		conn->head = (conn->head + 1) % STS_RING;
		conn->n_ring--;
		conn->service->deps.clock.ops->cancel(
		    conn->service->deps.clock.ctx, conn->progress);
		conn->progress = NULL;
	}
	if (conn->n_ring == 0 && conn->too_long) {
		conn->too_long = false;
		too_long(conn);
	}
}

static void
flush(struct sts_conn *conn)
{
	struct sts_buf *out = &conn->out;
	ssize_t n;

	if (out->failed)
		conn->dead = true; /* half an answer is no answer */
	if (conn->dead || conn->written == out->n)
		return;
	n = send(conn->fd, out->p + conn->written, out->n - conn->written,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			conn->dead = true;
		return;
	}
	conn->written += (size_t)n;
	conn->traffic = true;
	if (conn->written < out->n && conn->written > out->n / 2) {
		memmove(out->p, out->p + conn->written, out->n - conn->written);
		sts_buf_cut(out, out->n - conn->written);
		conn->written = 0;
	} else if (conn->written == out->n) {
		sts_buf_clear(out, OUT_KEEP);
		conn->written = 0;
	}
}

/* Are there lines that only wait for room? */
static bool
more_lines(const struct sts_conn *conn)
{
	return conn->start < conn->end &&
	       (conn->eof || conn->seen < conn->end) && may_take(conn);
}

void
sts_conn_run(struct sts_conn *conn)
{
	do {
		drain_ring(conn);
		take_lines(conn);
		sts_conn_progress(conn);
		flush(conn);
	} while (more_lines(conn) && !conn->dead);
	if (conn->dead || ((conn->eof || conn->closing) && conn->n_ring == 0 &&
			      conn->out.n == 0 &&
			      (conn->closing || conn->start == conn->end))) {
		sts_conn_free(conn);
		return;
	}
	set_event(&conn->read, !conn->eof && may_take(conn), &conn->reading);
	set_event(&conn->write, conn->out.n > 0, &conn->writing);
}

void
sts_conn_stop(struct sts_conn *conn)
{
	size_t i;

	for (i = 0; i < conn->n_ring; i++)
		sts_task_stop(conn->ring[(conn->head + i) % STS_RING]);
	drain_ring(conn);
	take_lines(conn); /* each is answered that we stop */
	conn->closing = true;
	sts_conn_run(conn);
}

void
sts_conn_kick(struct sts_conn *conn)
{
	if (conn->kicked)
		return;
	conn->kicked = true;
	TAILQ_INSERT_TAIL(&conn->service->kicked, conn, kick_link);
	event_active(&conn->service->kick, EV_TIMEOUT, 1);
}

void
sts_conn_free(struct sts_conn *conn)
{
	struct sts_service *service = conn->service;
	const struct sts_clock *clock = &service->deps.clock;

	if (conn->kicked)
		TAILQ_REMOVE(&service->kicked, conn, kick_link);
	TAILQ_REMOVE(&service->conns, conn, link);
	service->n_conns--;
	service->n_admin -= conn->admin ? 1 : 0;
	if (conn->user != NULL)
		sts_place_leave(conn->user);
	event_del(&conn->read);
	event_del(&conn->write);
	clock->ops->cancel(clock->ctx, conn->progress);
	for (; conn->n_ring > 0; conn->n_ring--) {
		sts_task_reset(conn->ring[conn->head]);
		sts_task_release(conn->ring[conn->head]);
		conn->head = (conn->head + 1) % STS_RING;
	}
	close(conn->fd);
	sts_buf_fini(&conn->out);
	free(conn->in);
	free(conn);
	sts_service_closed(service);
}

enum sts_err
sts_conn_new(struct sts_service *service, int fd, bool admin)
{
	struct sts_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL || (conn->in = malloc(IN_FIRST)) == NULL ||
	    (!admin && (conn->user = sts_place_take(service, fd)) == NULL)) {
		if (conn != NULL)
			free(conn->in);
		free(conn);
		close(fd);
		return STS_ENOMEM;
	}
	conn->service = service;
	conn->in_cap = IN_FIRST;
	conn->fd = fd;
	conn->admin = admin;
	conn->last = conn->heard = now(service);
	sts_buf_init(&conn->out, STS_OUT_MAX);
	event_assign(&conn->read, service->deps.base, fd, EV_READ | EV_PERSIST,
	    on_read, conn);
	event_assign(&conn->write, service->deps.base, fd,
	    EV_WRITE | EV_PERSIST, on_write, conn);
	TAILQ_INSERT_TAIL(&service->conns, conn, link);
	service->n_conns++;
	service->n_admin += admin ? 1 : 0;
	/* The question is usually there already. */
	read_some(conn);
	sts_conn_run(conn);
	return STS_OK;
}
