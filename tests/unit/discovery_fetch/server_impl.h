/* SPDX-License-Identifier: ISC */
#ifndef SERVER_IMPL_H
#define SERVER_IMPL_H

#include <pthread.h>

#include "server.h"

#define CONNECTIONS 64

struct connection {
	struct server *server;
	pthread_t thread;
	unsigned number;
	int fd;
	SSL *ssl;
};

struct server {
	struct script script;
	struct seen seen;
	SSL_CTX *ctx;
	pthread_mutex_t lock;
	pthread_cond_t news;
	pthread_t thread;
	bool released, closing;
	int fd;
	unsigned port;
	struct connection connection[CONNECTIONS];
	unsigned n;
};

/* server_read.c */
long server_take(struct connection *c, char *buf, size_t size);
/* Read a head, and the body that it announces, and write them down. */
bool server_read_head(struct connection *c);

#endif
