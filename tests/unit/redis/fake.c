/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake.h"
#include "rig.h"

#define CONNS 16

struct conn {
	struct fake *fake;
	struct bufferevent *bev;
	redisReader *reader;
};

static void
conn_free(struct conn *conn)
{
	size_t i;

	for (i = 0; i < CONNS; i++)
		if (conn->fake->conns[i] == conn->bev)
			conn->fake->conns[i] = NULL;
	redisReaderFree(conn->reader);
	bufferevent_free(conn->bev);
	free(conn);
}

static const char *
greeting(const struct fake *fake, const char *word)
{
	if (strcmp(word, "ROLE") == 0)
		return fake->role != NULL ? fake->role
					  : "*1\r\n$6\r\nmaster\r\n";
	if (strcmp(word, "INFO") == 0)
		return "$0\r\n\r\n";
	if (strcmp(word, "DBSIZE") == 0)
		return ":0\r\n";
	if (strcmp(word, "SUBSCRIBE") == 0)
		return "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n";
	return NULL;
}

/* false: the connection is gone. */
static bool
answer(struct conn *conn, const char *word)
{
	struct fake *fake = conn->fake;
	const char *text = greeting(fake, word);

	if (text != NULL) {
		bufferevent_write(conn->bev, text, strlen(text));
		return true;
	}
	fake->asked++;
	bufferevent_write(conn->bev, fake->answer, fake->n);
	if (!fake->hang_up)
		return true;
	bufferevent_flush(conn->bev, EV_WRITE, BEV_FLUSH);
	evbuffer_write(
	    bufferevent_get_output(conn->bev), bufferevent_getfd(conn->bev));
	conn_free(conn);
	return false;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *conn = arg;
	char buf[4096];
	void *reply;
	bool there = true;
	size_t n;

	while ((n = bufferevent_read(bev, buf, sizeof(buf))) > 0)
		redisReaderFeed(conn->reader, buf, n);
	for (reply = NULL;
	     there && redisReaderGetReply(conn->reader, &reply) == REDIS_OK &&
	     reply != NULL;
	     reply = NULL) {
		there = answer(conn, ((redisReply *)reply)->element[0]->str);
		freeReplyObject(reply);
	}
}

/* The flood goes on as long as it is read. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	static const char wave[65536] = {'x'};
	struct conn *conn = arg;

	if (conn->fake->flood && conn->fake->asked > 0)
		bufferevent_write(bev, wave, sizeof(wave));
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	conn_free(arg);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *addr, int len, void *arg)
{
	struct fake *fake = arg;
	struct conn *conn = calloc(1, sizeof(*conn));
	size_t i = 0;

	(void)listener;
	(void)addr;
	(void)len;
	fake->connects++;
	conn->fake = fake;
	conn->reader = redisReaderCreate();
	conn->bev =
	    bufferevent_socket_new(fake->base, fd, BEV_OPT_CLOSE_ON_FREE);
	while (fake->conns[i] != NULL)
		i++;
	assert_true(i < CONNS);
	fake->conns[i] = conn->bev;
	bufferevent_setcb(conn->bev, on_read, on_written, on_event, conn);
	bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}

void
fake_open(struct fake *fake, struct event_base *base)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	*fake = (struct fake){.base = base, .answer = ""};
	snprintf(fake->path, sizeof(fake->path), "/tmp/sts-redis-fake-%d",
	    (int)getpid());
	snprintf(fake->url, sizeof(fake->url), "unix:%s", fake->path);
	strcpy(addr.sun_path, fake->path);
	unlink(fake->path);
	fake->listener = evconnlistener_new_bind(base, on_accept, fake,
	    LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr *)&addr, sizeof(addr));
	assert_non_null(fake->listener);
}

void
fake_close(struct fake *fake)
{
	bufferevent_event_cb event;
	bufferevent_data_cb read, write;
	void *conn;
	size_t i;

	for (i = 0; i < CONNS; i++)
		if (fake->conns[i] != NULL) {
			bufferevent_getcb(
			    fake->conns[i], &read, &write, &event, &conn);
			conn_free(conn);
		}
	evconnlistener_free(fake->listener);
	unlink(fake->path);
}

void
fake_say(struct fake *fake, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < CONNS; i++)
		if (fake->conns[i] != NULL)
			bufferevent_write(fake->conns[i], text, n);
}
