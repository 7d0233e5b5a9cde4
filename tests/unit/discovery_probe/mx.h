/* SPDX-License-Identifier: ISC */
#ifndef MX_H
#define MX_H

#include <stdbool.h>

#include "certs.h"

/* What a mail server does; zeroes are a good one. */
struct mx_script {
	const char *greeting; /* NULL: 220 */
	const char *ehlo;     /* NULL: offers STARTTLS */
	const char *starttls; /* NULL: 220 */
	enum cert_kind cert;
	int max_tls; /* TLS1_1_VERSION: at security level 0; 0: any */
	enum mx_hang { MX_NEVER, MX_AT_GREETING, MX_AT_TLS } hang;
	bool cut;            /* closes where it would begin TLS */
	const char *address; /* NULL: 127.0.0.1 */
};

/* Written down by the server. */
struct mx_seen {
	unsigned accepts, handshakes, open, most_open;
	char said[1024]; /* by the client, lines of all connections */
	char sni[256];
};

struct mx;

struct mx *mx_open(const struct mx_script *script, unsigned port);
void mx_close(struct mx *mx);
unsigned mx_port(const struct mx *mx);
struct mx_seen mx_seen(struct mx *mx);
/* Block until the client has said word; false after five seconds. */
bool mx_heard(struct mx *mx, const char *word);
/* Those that hang go on to their end. */
void mx_release(struct mx *mx);

#endif
