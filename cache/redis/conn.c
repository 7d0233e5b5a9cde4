/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn.h"
#include "tls.h"

#if HIREDIS_MAJOR >= 1
typedef size_t elements_t;
#else
typedef int elements_t;
#endif

struct sts_rd_conn {
	int fd;
	bool open; /* events.open has been told */
	bool busy; /* in an event: freed at its end */
	bool dead;
	struct event *read, *write;
	struct evbuffer *out;
	redisReader *reader;
	redisReplyObjectFunctions fn, plain;
	size_t octets, items; /* of the answer that is being read */
	struct ssl_st *tls;
	const struct sts_rd_conn_events *events;
	void *arg;
};

static void
release(struct sts_rd_conn *conn)
{
	sts_rd_tls_free(conn->tls);
	if (conn->read != NULL)
		event_free(conn->read);
	if (conn->write != NULL)
		event_free(conn->write);
	if (conn->out != NULL)
		evbuffer_free(conn->out);
	if (conn->reader != NULL)
		redisReaderFree(conn->reader);
	if (conn->fd >= 0)
		close(conn->fd);
	free(conn);
}

void
sts_rd_conn_close(struct sts_rd_conn *conn)
{
	if (conn == NULL)
		return;
	conn->dead = true;
	if (!conn->busy)
		release(conn);
}

static void
lost(struct sts_rd_conn *conn, const char *why)
{
	conn->dead = true;
	conn->events->lost(conn->arg, why);
}

/* An answer of a thousand million items would be paid for at once. */
static void *
create_array(const redisReadTask *task, elements_t n)
{
	struct sts_rd_conn *conn = task->privdata;

	if ((size_t)n > STS_RD_ITEMS_MAX - conn->items)
		return NULL;
	conn->items += (size_t)n;
	return conn->plain.createArray(task, n);
}

static bool
make_reader(struct sts_rd_conn *conn)
{
	conn->reader = redisReaderCreate();
	if (conn->reader == NULL)
		return false;
	conn->plain = *conn->reader->fn;
	conn->fn = conn->plain;
	conn->fn.createArray = create_array;
	conn->reader->fn = &conn->fn;
	conn->reader->privdata = conn;
	return true;
}

/* All answers that are whole. */
static void
parse(struct sts_rd_conn *conn)
{
	void *reply;

	while (!conn->dead) {
		reply = NULL;
		if (redisReaderGetReply(conn->reader, &reply) != REDIS_OK) {
			lost(conn, "not the Redis protocol");
			return;
		}
		if (reply == NULL)
			break;
		conn->items = 0;
		conn->octets = conn->reader->len - conn->reader->pos;
		conn->events->reply(conn->arg, reply);
		freeReplyObject(reply);
	}
	if (!conn->dead && conn->octets > STS_RD_IN_MAX)
		lost(conn, "an answer is too big");
}

static ssize_t
take(struct sts_rd_conn *conn, char *buf, size_t size)
{
	if (conn->tls != NULL)
		return sts_rd_tls_read(conn->tls, buf, size);
	return recv(conn->fd, buf, size, 0);
}

static void
receive(struct sts_rd_conn *conn)
{
	char buf[16384];
	ssize_t n;

	do {
		n = take(conn, buf, sizeof(buf));
		if (n == 0) {
			lost(conn, "closed by Redis");
		} else if (n > 0) {
			conn->octets += (size_t)n;
			if (redisReaderFeed(conn->reader, buf, (size_t)n) !=
			    REDIS_OK)
				lost(conn, "out of memory");
			else
				parse(conn);
		} else if (errno != EAGAIN && errno != EINTR) {
			lost(conn, strerror(errno));
		}
		/* The socket says nothing of what TLS has read already. */
	} while (!conn->dead && n > 0 && conn->tls != NULL &&
		 sts_rd_tls_pending(conn->tls));
}

static int
give(struct sts_rd_conn *conn)
{
	if (conn->tls != NULL)
		return sts_rd_tls_write(conn->tls, conn->out);
	return evbuffer_write(conn->out, conn->fd);
}

/* A failure is told by an event: the one who sends is not ready for it. */
static void
flush(struct sts_rd_conn *conn)
{
	int n = 1;

	while (evbuffer_get_length(conn->out) > 0 && n > 0)
		n = give(conn);
	if (evbuffer_get_length(conn->out) > 0)
		event_add(conn->write, NULL);
}

static void
opened(struct sts_rd_conn *conn)
{
	conn->open = true;
	event_add(conn->read, NULL);
	conn->events->open(conn->arg);
}

static void
handshake(struct sts_rd_conn *conn)
{
	switch (sts_rd_tls_handshake(conn->tls)) {
	case STS_RD_TLS_DONE:
		opened(conn);
		break;
	case STS_RD_TLS_READ:
		event_add(conn->read, NULL);
		break;
	case STS_RD_TLS_WRITE:
		event_add(conn->write, NULL);
		break;
	case STS_RD_TLS_FAILED:
		lost(conn, sts_rd_tls_why(conn->tls));
		break;
	}
}

static void
connected(struct sts_rd_conn *conn)
{
	if (conn->tls != NULL)
		handshake(conn);
	else
		opened(conn);
}

static int
socket_error(const struct sts_rd_conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}

static void
writable(struct sts_rd_conn *conn)
{
	int error = socket_error(conn);

	if (error != 0)
		lost(conn, strerror(error));
	else if (!conn->open)
		connected(conn);
	else
		flush(conn);
}

static void
readable(struct sts_rd_conn *conn)
{
	if (!conn->open) {
		handshake(conn);
		return;
	}
	receive(conn);
	/* TLS may have waited for what was read. */
	if (!conn->dead && conn->tls != NULL)
		flush(conn);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct sts_rd_conn *conn = arg;

	(void)fd;
	conn->busy = true;
	if (what & EV_WRITE)
		writable(conn);
	else
		readable(conn);
	conn->busy = false;
	if (conn->dead)
		release(conn);
}

/* A peer that vanished is found out by questions; this is for idle ones. */
static void
tune(int fd, int family)
{
	int on = 1;

	if (family == AF_UNIX)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static bool
prepare(struct sts_rd_conn *conn, const struct sts_rd_env *env, const char *tls)
{
	conn->out = evbuffer_new();
	conn->read = event_new(
	    env->base, conn->fd, EV_READ | EV_PERSIST, on_event, conn);
	conn->write = event_new(env->base, conn->fd, EV_WRITE, on_event, conn);
	if (conn->out == NULL || conn->read == NULL || conn->write == NULL ||
	    !make_reader(conn))
		return false;
	if (tls == NULL)
		return true;
	conn->tls = sts_rd_tls_new(env->tls, conn->fd, tls);
	return conn->tls != NULL;
}

struct sts_rd_conn *
sts_rd_conn_new(const struct sts_rd_env *env, const struct sockaddr *to,
    socklen_t len, const char *tls, const struct sts_rd_conn_events *events,
    void *arg, const char **why)
{
	struct sts_rd_conn *conn = calloc(1, sizeof(*conn));

	*why = "out of memory";
	if (conn == NULL)
		return NULL;
	conn->events = events;
	conn->arg = arg;
	conn->fd = socket(
	    to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->fd < 0) {
		*why = strerror(errno);
	} else if (prepare(conn, env, tls)) {
		tune(conn->fd, to->sa_family);
		if ((connect(conn->fd, to, len) == 0 || errno == EINPROGRESS) &&
		    event_add(conn->write, NULL) == 0)
			return conn;
		*why = strerror(errno);
	}
	release(conn);
	return NULL;
}

void
sts_rd_conn_hand(struct sts_rd_conn *conn,
    const struct sts_rd_conn_events *events, void *arg)
{
	conn->events = events;
	conn->arg = arg;
}

bool
sts_rd_conn_send(
    struct sts_rd_conn *conn, const struct sts_str *argv, size_t argc)
{
	const char *text[STS_RD_ARGS];
	size_t size[STS_RD_ARGS], i;
	char *line = NULL;
	bool fits;
	long long n;

	for (i = 0; i < argc; i++) {
		text[i] = argv[i].p;
		size[i] = argv[i].n;
	}
	n = redisFormatCommandArgv(&line, (int)argc, text, size);
	if (n < 0)
		return false;
	fits = evbuffer_get_length(conn->out) + (size_t)n <= STS_RD_OUT_MAX &&
	       evbuffer_add(conn->out, line, (size_t)n) == 0;
	redisFreeCommand(line);
	if (fits && conn->open && !conn->dead)
		flush(conn);
	return fits;
}
