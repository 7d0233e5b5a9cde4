/* SPDX-License-Identifier: ISC */
/*
 * The collector's socket takes ten datagrams (net.unix.max_dgram_qlen), then
 * it is full: the rest waits here, in order, until it has read some.
 */
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collectd_impl.h"

#define AGAIN_MS 1000 /* to connect anew */
#define FULL_MS  10   /* it says that there is room, but there is none */
#define TURN     64   /* datagrams at once */

static void
on_again(void *arg)
{
	struct sts_collectd *c = arg;

	c->again = NULL;
	sts_collectd_flush(c);
}

static void
again(struct sts_collectd *c, int64_t ms)
{
	if (c->again == NULL)
		c->again = c->clock.ops->timer(c->clock.ctx,
		    c->clock.ops->mono(c->clock.ctx) + ms, on_again, c);
}

static void
on_room(evutil_socket_t fd, short what, void *arg)
{
	struct sts_collectd *c = arg;
	uint64_t before = c->sent + c->dropped;

	(void)fd;
	(void)what;
	sts_collectd_flush(c);
	if (c->fd >= 0 && !STAILQ_EMPTY(&c->queue) &&
	    before == c->sent + c->dropped) {
		event_del(&c->room);
		again(c, FULL_MS);
	}
}

void
sts_collectd_close(struct sts_collectd *c)
{
	if (c->fd >= 0) {
		event_del(&c->room);
		close(c->fd);
	}
	c->fd = -1;
	c->clock.ops->cancel(c->clock.ctx, c->again);
	c->again = NULL;
}

/* The collector is not there, or not any more. */
static void
away(struct sts_collectd *c, int error)
{
	bool first = strcmp(c->state, "ok") == 0;

	c->state = strerrordesc_np(error);
	if (first)
		sts_log(c->log, STS_LOG_WARNING, "collectd-away",
		    "socket=\"%s\" reason=\"%s\"", c->to.sun_path, c->state);
	sts_collectd_close(c);
	again(c, AGAIN_MS);
}

static bool
open_socket(struct sts_collectd *c)
{
	c->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd >= 0) {
		event_assign(&c->room, c->base, c->fd, EV_WRITE, on_room, c);
		/* Only of one that is connected is it known when there is
		 * room. */
		if (connect(c->fd, (const struct sockaddr *)&c->to,
			sizeof(c->to)) == 0)
			return true;
	}
	away(c, errno);
	return false;
}

/* The first one goes; 0, or errno. */
static int
send_one(struct sts_collectd *c)
{
	struct sts_gram *gram = STAILQ_FIRST(&c->queue);
	ssize_t n = send(c->fd, gram->text, gram->n, MSG_NOSIGNAL);

	if (n < 0 && errno != EMSGSIZE)
		return errno;
	STAILQ_REMOVE_HEAD(&c->queue, link);
	if (n < 0) {
		sts_collectd_drop(c, gram, "too-long");
		return 0;
	}
	c->sent++;
	sts_gram_free(c, gram);
	if (strcmp(c->state, "ok") != 0)
		sts_log(c->log, STS_LOG_INFO, "collectd-back", "socket=\"%s\"",
		    c->to.sun_path);
	c->state = "ok";
	return 0;
}

void
sts_collectd_flush(struct sts_collectd *c)
{
	int error = 0;

	if (STAILQ_EMPTY(&c->queue) || (c->fd < 0 && !open_socket(c)))
		return;
	for (int i = 0; i < TURN && error == 0; i++) {
		if (STAILQ_EMPTY(&c->queue))
			return;
		error = send_one(c);
	}
	if (error != 0 && error != EAGAIN && error != ENOBUFS)
		away(c, error);
	else if (event_add(&c->room, NULL) != 0)
		again(c, FULL_MS);
}

/* Not where there was no memory for what would do it. */
static bool
goes_on(const struct sts_collectd *c)
{
	return c->again != NULL ||
	       (c->fd >= 0 && event_pending(&c->room, EV_WRITE, NULL) != 0);
}

void
sts_collectd_send(struct sts_collectd *c, struct sts_gram *gram)
{
	bool first = STAILQ_EMPTY(&c->queue);

	STAILQ_INSERT_TAIL(&c->queue, gram, link);
	if (first || !goes_on(c))
		sts_collectd_flush(c);
}
