/* SPDX-License-Identifier: ISC */
#include "server_impl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int
on_name(SSL *ssl, int *alert, void *arg)
{
	struct server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (name == NULL && s->script.need_sni) {
		*alert = SSL_AD_UNRECOGNIZED_NAME;
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	pthread_mutex_lock(&s->lock);
	snprintf(
	    s->seen.sni, sizeof(s->seen.sni), "%s", name != NULL ? name : "");
	pthread_mutex_unlock(&s->lock);
	return SSL_TLSEXT_ERR_OK;
}

/* Before any version is chosen: what would the client have put up with? */
static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct server *s = arg;
	const unsigned char *p;
	unsigned version, lowest = SSL_client_hello_get0_legacy_version(ssl);
	size_t n;

	(void)alert;
	if (SSL_client_hello_get0_ext(
		ssl, TLSEXT_TYPE_supported_versions, &p, &n) == 1) {
		lowest = 0xffff;
		for (size_t i = 1; i + 1 < n; i += 2) {
			version = (unsigned)p[i] << 8 | p[i + 1];
			if (version < lowest)
				lowest = version;
		}
	}
	pthread_mutex_lock(&s->lock);
	if (s->seen.lowest == 0 || lowest < s->seen.lowest)
		s->seen.lowest = lowest;
	pthread_mutex_unlock(&s->lock);
	return SSL_CLIENT_HELLO_SUCCESS;
}

static bool
give(struct connection *c, const char *p, size_t n)
{
	struct server *s = c->server;
	long sent;

	if (c->ssl != NULL)
		sent = SSL_write(c->ssl, p, (int)n);
	else
		sent = send(c->fd, p, n, MSG_NOSIGNAL);
	if (sent <= 0)
		return false;
	pthread_mutex_lock(&s->lock);
	s->seen.sent += (size_t)sent;
	pthread_mutex_unlock(&s->lock);
	return (size_t)sent == n;
}

static void
wait_release(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	while (!s->released && !s->closing)
		pthread_cond_wait(&s->news, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* Until the peer goes or the server is closed. */
static void
wait_end(struct connection *c)
{
	char buf[512];

	while (server_take(c, buf, sizeof(buf)) > 0)
		;
}

static void
reply(struct connection *c)
{
	const struct script *script = &c->server->script;
	const char *p = script->reply;
	size_t n = script->n_reply, step;

	if (c->number > 0 && script->later != NULL) {
		p = script->later;
		n = 0;
	}
	if (p == NULL)
		return;
	if (n == 0)
		n = strlen(p);
	while (n > 0) {
		step = script->drip_ms > 0 ? 1 : n;
		if (!give(c, p, step))
			return;
		p += step;
		n -= step;
		if (script->drip_ms > 0)
			poll(NULL, 0, (int)script->drip_ms);
	}
}

static bool
begin(struct connection *c)
{
	struct server *s = c->server;

	if (s->script.proxy) {
		const char *answer = s->script.connect != NULL
					 ? s->script.connect
					 : "HTTP/1.1 200 go on\r\n\r\n";

		if (!server_read_head(c) || !give(c, answer, strlen(answer)))
			return false;
	}
	if (s->script.plain)
		return true;
	c->ssl = SSL_new(s->ctx);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
	    SSL_accept(c->ssl) != 1)
		return false;
	pthread_mutex_lock(&s->lock);
	s->seen.reused += SSL_session_reused(c->ssl) == 1;
	pthread_mutex_unlock(&s->lock);
	return true;
}

static void
serve(struct connection *c)
{
	struct server *s = c->server;

	if (s->script.hang) {
		wait_end(c);
		return;
	}
	if (!begin(c) || (!s->script.plain && !server_read_head(c)))
		return;
	if (s->script.hold)
		wait_release(s);
	reply(c);
	while (s->script.keep && server_read_head(c))
		reply(c);
	if (s->script.unread)
		wait_release(s);
	if (s->script.stay)
		wait_end(c);
	if (c->ssl != NULL && !s->script.abrupt)
		SSL_shutdown(c->ssl);
}

static void
count_open(struct server *s, int by)
{
	pthread_mutex_lock(&s->lock);
	s->seen.open += (unsigned)by;
	if (by > 0)
		s->seen.accepts++;
	if (s->seen.open > s->seen.most_open)
		s->seen.most_open = s->seen.open;
	pthread_mutex_unlock(&s->lock);
}

static void *
connection_main(void *arg)
{
	struct connection *c = arg;
	struct server *s = c->server;
	char buf[512];

	serve(c);
	/* Leave once the peer has: a reset would overtake the reply. */
	shutdown(c->fd, SHUT_WR);
	while (read(c->fd, buf, sizeof(buf)) > 0)
		;
	count_open(s, -1);
	return NULL;
}

static void *
server_main(void *arg)
{
	struct server *s = arg;
	int fd, one = 1;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		struct connection *c;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		count_open(s, 1);
		pthread_mutex_lock(&s->lock);
		if (s->n == CONNECTIONS || s->closing)
			abort();
		c = &s->connection[s->n];
		*c = (struct connection){.server = s, .fd = fd, .number = s->n};
		s->n++;
		pthread_create(&c->thread, NULL, connection_main, c);
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

static SSL_CTX *
make_ctx(struct server *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	certs_use(ctx, s->script.cert);
	SSL_CTX_set_client_hello_cb(ctx, on_hello, s);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, s);
	if (s->script.max_tls != 0) {
		SSL_CTX_set_security_level(ctx, 0);
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, s->script.max_tls);
	}
	return ctx;
}

struct server *
server_open(const struct script *script)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t n = sizeof(in);
	struct server *s = calloc(1, sizeof(*s));

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->script = *script;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->fd, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(s->fd, CONNECTIONS) != 0 ||
	    getsockname(s->fd, (struct sockaddr *)&in, &n) != 0)
		abort();
	s->port = ntohs(in.sin_port);
	s->ctx = make_ctx(s);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->news, NULL);
	pthread_create(&s->thread, NULL, server_main, s);
	return s;
}

void
server_close(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_broadcast(&s->news);
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->n; i++) {
		shutdown(s->connection[i].fd, SHUT_RDWR);
		pthread_join(s->connection[i].thread, NULL);
		SSL_free(s->connection[i].ssl);
		close(s->connection[i].fd);
	}
	SSL_CTX_free(s->ctx);
	pthread_cond_destroy(&s->news);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

unsigned
server_port(const struct server *s)
{
	return s->port;
}

struct seen
server_seen(struct server *s)
{
	struct seen seen;

	pthread_mutex_lock(&s->lock);
	seen = s->seen;
	pthread_mutex_unlock(&s->lock);
	return seen;
}

void
server_release(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->released = true;
	pthread_cond_broadcast(&s->news);
	pthread_mutex_unlock(&s->lock);
}

bool
server_wait(struct server *s, unsigned requests)
{
	struct timespec until;
	bool ok;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	pthread_mutex_lock(&s->lock);
	while (s->seen.requests < requests &&
	       pthread_cond_timedwait(&s->news, &s->lock, &until) == 0)
		;
	ok = s->seen.requests >= requests;
	pthread_mutex_unlock(&s->lock);
	return ok;
}
