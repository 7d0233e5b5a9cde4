/* SPDX-License-Identifier: ISC */
#ifndef STS_FILTER_SESSIONS_H
#define STS_FILTER_SESSIONS_H

#include <sys/queue.h>

#include "filter_line.h"

/* smtpd's sessions with other mail servers, as smtp-out's reports tell them. */
#define STS_SESSION_DOMAINS 32 /* that are looked at */

/* Names, none twice; those beyond are left out. All zero: none. */
struct sts_domains {
	size_t n;
	char *name[STS_SESSION_DOMAINS];
};

struct sts_session {
	TAILQ_ENTRY(sts_session) used;   /* the oldest first */
	TAILQ_ENTRY(sts_session) bucket; /* of its hash */
	char id[STS_FILTER_ID + 1];
	/* "" or printable without space: of the server, of ours, and what the
	 * server calls itself */
	char addr[64], from[64], helo[304];
	char tls[16];  /* "" before TLS, then its version */
	bool greeted;  /* EHLO was said */
	bool answered; /* and the server knew it */
	bool offered;  /* STARTTLS, by the server */
	bool asked;    /* for it */
	bool granted;  /* then TLS begins */
	bool usable; /* EHLO again, over TLS that is verified; or there is mail
		      */
	struct sts_domains told;    /* of this session, to the service */
	struct sts_domains message; /* of this one, that took a recipient */
};

/* Why there is no TLS: a result type of RFC 8460, and more or "". */
struct sts_fault {
	const char *result, *detail;
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

/* If there is no TLS that can be used. */
struct sts_fault sts_session_fault(const struct sts_session *session);

/* Add a domain (copied); false: it was there, or there is no room. */
bool sts_domains_add(struct sts_domains *domains, const char *name);
void sts_domains_clear(struct sts_domains *domains);

#endif
