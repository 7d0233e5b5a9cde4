/* SPDX-License-Identifier: ISC */
#include "mx.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PEERS 32

struct mx {
	struct mx_script script;
	int fd;
	unsigned port;
	pthread_t thread, peer[PEERS];
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool released;
	SSL_CTX *ctx;
	struct mx_seen seen;
};

struct peer {
	struct mx *mx;
	int fd;
};

static void
note(struct mx *mx, const char *line)
{
	size_t n;

	pthread_mutex_lock(&mx->lock);
	n = strlen(mx->seen.said);
	if (n + strlen(line) < sizeof(mx->seen.said))
		strcpy(mx->seen.said + n, line);
	pthread_cond_broadcast(&mx->told);
	pthread_mutex_unlock(&mx->lock);
}

static bool
say(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) > 0;
}

static bool
hear(struct peer *peer)
{
	char line[256];
	size_t n = 0;

	while (n < sizeof(line) - 1 && recv(peer->fd, line + n, 1, 0) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	note(peer->mx, line);
	return n > 0;
}

static void
hang(struct mx *mx)
{
	pthread_mutex_lock(&mx->lock);
	while (!mx->released)
		pthread_cond_wait(&mx->told, &mx->lock);
	pthread_mutex_unlock(&mx->lock);
}

static void
secure(struct peer *peer)
{
	struct mx *mx = peer->mx;
	SSL *ssl = SSL_new(mx->ctx);
	char line[256];
	int n;

	SSL_set_fd(ssl, peer->fd);
	if (SSL_accept(ssl) == 1) {
		const char *sni =
		    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

		pthread_mutex_lock(&mx->lock);
		mx->seen.handshakes++;
		strncpy(mx->seen.sni, sni != NULL ? sni : "", 255);
		pthread_mutex_unlock(&mx->lock);
		while ((n = SSL_read(ssl, line, sizeof(line) - 1)) > 0) {
			line[n] = '\0';
			note(mx, line);
		}
	}
	SSL_free(ssl);
}

static void
talk(struct peer *peer)
{
	const struct mx_script *s = &peer->mx->script;

	if (s->hang == MX_AT_GREETING)
		hang(peer->mx);
	if (!say(peer->fd, s->greeting ? s->greeting : "220 mx ESMTP\r\n") ||
	    !hear(peer))
		return;
	if (!say(peer->fd, s->ehlo ? s->ehlo : "250-mx\r\n250 STARTTLS\r\n") ||
	    !hear(peer))
		return;
	if (!say(peer->fd, s->starttls ? s->starttls : "220 go\r\n"))
		return;
	if (s->hang == MX_AT_TLS)
		hang(peer->mx);
	else if (!s->cut)
		secure(peer);
}

static void *
serve(void *arg)
{
	struct peer *peer = arg;
	struct mx *mx = peer->mx;

	talk(peer);
	close(peer->fd);
	pthread_mutex_lock(&mx->lock);
	mx->seen.open--;
	pthread_mutex_unlock(&mx->lock);
	free(peer);
	return NULL;
}

static void *
run(void *arg)
{
	struct mx *mx = arg;
	int fd;

	while ((fd = accept(mx->fd, NULL, NULL)) >= 0) {
		struct peer *peer = calloc(1, sizeof(*peer));

		peer->mx = mx;
		peer->fd = fd;
		pthread_mutex_lock(&mx->lock);
		mx->seen.open++;
		if (mx->seen.most_open < mx->seen.open)
			mx->seen.most_open = mx->seen.open;
		pthread_create(
		    &mx->peer[mx->seen.accepts++], NULL, serve, peer);
		pthread_cond_broadcast(&mx->told);
		pthread_mutex_unlock(&mx->lock);
	}
	return NULL;
}

static void
setup_tls(struct mx *mx)
{
	mx->ctx = SSL_CTX_new(TLS_server_method());
	if (mx->script.max_tls != 0) {
		SSL_CTX_set_security_level(mx->ctx, 0);
		SSL_CTX_set_max_proto_version(mx->ctx, mx->script.max_tls);
	}
	certs_use(mx->ctx, mx->script.cert);
}

struct mx *
mx_open(const struct mx_script *script, unsigned port)
{
	struct mx *mx = calloc(1, sizeof(*mx));
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t n = sizeof(at);
	int on = 1;

	mx->script = *script;
	inet_pton(AF_INET, script->address ? script->address : "127.0.0.1",
	    &at.sin_addr);
	setup_tls(mx);
	pthread_mutex_init(&mx->lock, NULL);
	pthread_cond_init(&mx->told, NULL);
	mx->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(mx->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(mx->fd, (struct sockaddr *)&at, n) != 0 ||
	    listen(mx->fd, PEERS) != 0 ||
	    getsockname(mx->fd, (struct sockaddr *)&at, &n) != 0)
		abort();
	mx->port = ntohs(at.sin_port);
	pthread_create(&mx->thread, NULL, run, mx);
	return mx;
}

void
mx_release(struct mx *mx)
{
	pthread_mutex_lock(&mx->lock);
	mx->released = true;
	pthread_cond_broadcast(&mx->told);
	pthread_mutex_unlock(&mx->lock);
}

void
mx_close(struct mx *mx)
{
	mx_release(mx);
	shutdown(mx->fd, SHUT_RDWR);
	pthread_join(mx->thread, NULL);
	close(mx->fd);
	for (unsigned i = 0; i < mx->seen.accepts; i++)
		pthread_join(mx->peer[i], NULL);
	SSL_CTX_free(mx->ctx);
	pthread_cond_destroy(&mx->told);
	pthread_mutex_destroy(&mx->lock);
	free(mx);
}

unsigned
mx_port(const struct mx *mx)
{
	return mx->port;
}

struct mx_seen
mx_seen(struct mx *mx)
{
	struct mx_seen seen;

	pthread_mutex_lock(&mx->lock);
	seen = mx->seen;
	pthread_mutex_unlock(&mx->lock);
	return seen;
}

bool
mx_heard(struct mx *mx, const char *word)
{
	struct timespec until;
	bool found;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&mx->lock);
	while (!(found = strstr(mx->seen.said, word) != NULL))
		if (pthread_cond_timedwait(&mx->told, &mx->lock, &until) != 0)
			break;
	pthread_mutex_unlock(&mx->lock);
	return found;
}
