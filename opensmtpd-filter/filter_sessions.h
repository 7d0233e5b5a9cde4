/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_SESSIONS_H
#define STS_FILTER_SESSIONS_H

#include <sys/queue.h>

#include "filter_line.h"

/* smtpd's sessions with other mail servers, as smtp-out's reports tell them. */
#define STS_SESSION_DOMAINS 32 /* of one transaction that are looked at */

struct sts_session {
	TAILQ_ENTRY(sts_session) used;   /* the oldest first */
	TAILQ_ENTRY(sts_session) bucket; /* of its hash */
	char id[STS_FILTER_ID + 1];
	char addr[64]; /* of the server, "" or printable without space */
	char tls[16];  /* "" before TLS, then its version */
	bool greeted;  /* EHLO was said */
	bool
	    usable; /* and again, over TLS that is verified; or there is mail */
	size_t n;
	char *domain[STS_SESSION_DOMAINS]; /* that took a recipient, no twice */
};

struct sts_sessions;

/* NULL for no memory. */
struct sts_sessions *sts_sessions_new(void);
void sts_sessions_free(struct sts_sessions *sessions);

/* The session, or NULL. */
struct sts_session *
sts_session_find(struct sts_sessions *sessions, struct sts_field id);

/* A new one; one of that id, or the oldest of too many, goes. NULL: no memory.
 */
struct sts_session *
sts_session_make(struct sts_sessions *sessions, struct sts_field id);

void
sts_session_end(struct sts_sessions *sessions, struct sts_session *session);

/* Add a domain (copied) to those of the transaction, or forget all. */
void sts_session_domain(struct sts_session *session, const char *domain);
void sts_session_clear(struct sts_session *session);

#endif
