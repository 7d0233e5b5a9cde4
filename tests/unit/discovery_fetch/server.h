/* SPDX-License-Identifier: ISC */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "certs.h"

/* What a connection does; zeroes are a good server. */
struct script {
	enum cert_kind cert;
	int max_tls;         /* TLS1_1_VERSION, at security level 0; 0: any */
	bool plain;          /* speaks HTTP without TLS */
	bool hang;           /* accepts, then nothing */
	bool need_sni;       /* breaks off a handshake without it */
	bool proxy;          /* reads CONNECT and answers connect first */
	bool hold;           /* answers when server_release() is called */
	bool stay;           /* says no more after reply, until the peer goes */
	bool keep;           /* answers one request after another */
	bool unread;         /* answers, and reads no body */
	bool abrupt;         /* ends without close_notify */
	unsigned drip_ms;    /* one octet each so many milliseconds */
	const char *connect; /* answer of the proxy; NULL: 200 */
	const char *reply;
	size_t n_reply;    /* 0: strlen */
	const char *later; /* reply of all but the first connection */
};

/* Written down by the server's threads. */
struct seen {
	unsigned accepts, requests, reused, open, most_open;
	unsigned lowest; /* TLS version that a client offered; 0: none yet */
	char sni[256];
	char request[8192]; /* all heads, one after another */
	size_t sent;        /* octets of replies */
	size_t n_body;      /* octets of bodies that came */
	char body[65536];   /* the first of them */
};

struct server;

/* On 127.0.0.1. The script is copied, what it points to is not. */
struct server *server_open(const struct script *script);
void server_close(struct server *server);
unsigned server_port(const struct server *server);
struct seen server_seen(struct server *server);
void server_release(struct server *server);
/* Block until so many requests were read; false after five seconds. */
bool server_wait(struct server *server, unsigned requests);

#endif
