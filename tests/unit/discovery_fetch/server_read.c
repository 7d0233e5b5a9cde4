/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server_impl.h"

long
server_take(struct connection *c, char *buf, size_t size)
{
	if (c->ssl != NULL)
		return SSL_read(c->ssl, buf, (int)size);
	return read(c->fd, buf, size);
}

static void
note_body(struct server *s, const char *p, size_t n)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < n; i++, s->seen.n_body++)
		if (s->seen.n_body < sizeof(s->seen.body))
			s->seen.body[s->seen.n_body] = p[i];
	pthread_mutex_unlock(&s->lock);
}

/* What Content-Length says, of which n octets came with the head. */
static void
read_body(struct connection *c, const char *head, const char *p, size_t n)
{
	const char *length = strcasestr(head, "\r\ncontent-length:");
	size_t left = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
	char buf[4096];
	long got;

	note_body(c->server, p, n);
	for (left -= n < left ? n : left; left > 0; left -= (size_t)got) {
		got = server_take(
		    c, buf, left < sizeof(buf) ? left : sizeof(buf));
		if (got <= 0)
			return;
		note_body(c->server, buf, (size_t)got);
	}
}

static void
note_head(struct server *s, const char *head)
{
	size_t have;

	pthread_mutex_lock(&s->lock);
	have = strlen(s->seen.request);
	snprintf(
	    s->seen.request + have, sizeof(s->seen.request) - have, "%s", head);
	s->seen.requests++;
	pthread_cond_broadcast(&s->news);
	pthread_mutex_unlock(&s->lock);
}

bool
server_read_head(struct connection *c)
{
	char head[4096], rest[4096], *end;
	size_t n = 0, more;
	long got;

	do {
		got = server_take(c, head + n, sizeof(head) - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		head[n] = '\0';
	} while (
	    (end = strstr(head, "\r\n\r\n")) == NULL && n < sizeof(head) - 1);
	end = end != NULL ? end + 4 : head + n;
	more = n - (size_t)(end - head);
	memcpy(rest, end, more);
	*end = '\0';
	if (!c->server->script.unread)
		read_body(c, head, rest, more);
	note_head(c->server, head);
	return true;
}
