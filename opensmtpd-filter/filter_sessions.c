/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "filter_sessions.h"

#define BUCKETS      1024
#define SESSIONS_MAX 16384

TAILQ_HEAD(session_list, sts_session);

struct sts_sessions {
	size_t n;
	struct session_list used;
	struct session_list bucket[BUCKETS];
};

struct sts_sessions *
sts_sessions_new(void)
{
	struct sts_sessions *sessions = calloc(1, sizeof(*sessions));
	size_t i;

	if (sessions == NULL)
		return NULL;
	TAILQ_INIT(&sessions->used);
	for (i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&sessions->bucket[i]);
	return sessions;
}

/* smtpd makes up the ids, at random. */
static struct session_list *
bucket_of(struct sts_sessions *sessions, struct sts_field id)
{
	uint32_t h = 5381;
	size_t i;

	for (i = 0; i < id.n; i++)
		h = h * 33 + (unsigned char)id.p[i];
	return &sessions->bucket[h % BUCKETS];
}

struct sts_session *
sts_session_find(struct sts_sessions *sessions, struct sts_field id)
{
	struct sts_session *session;

	TAILQ_FOREACH (session, bucket_of(sessions, id), bucket)
		if (sts_field_is(id, session->id))
			return session;
	return NULL;
}

bool
sts_domains_add(struct sts_domains *domains, const char *name)
{
	size_t i;

	for (i = 0; i < domains->n; i++)
		if (strcmp(domains->name[i], name) == 0)
			return false;
	if (domains->n == STS_SESSION_DOMAINS)
		return false;
	domains->name[domains->n] = strdup(name);
	if (domains->name[domains->n] == NULL)
		return false;
	domains->n++;
	return true;
}

void
sts_domains_clear(struct sts_domains *domains)
{
	while (domains->n > 0)
		free(domains->name[--domains->n]);
}

/* Where STARTTLS was offered and not asked for, an attempt before failed, and
 * smtpd does without (7.x). */
struct sts_fault
sts_session_fault(const struct sts_session *session)
{
	if (session->granted || (session->offered && !session->asked))
		return (struct sts_fault){"validation-failure", "tls-failed"};
	return (struct sts_fault){
	    "starttls-not-supported", session->asked ? "starttls-refused" : ""};
}

void
sts_session_end(struct sts_sessions *sessions, struct sts_session *session)
{
	struct sts_field id = {session->id, strlen(session->id)};

	TAILQ_REMOVE(&sessions->used, session, used);
	TAILQ_REMOVE(bucket_of(sessions, id), session, bucket);
	sessions->n--;
	sts_domains_clear(&session->told);
	sts_domains_clear(&session->message);
	free(session);
}

void
sts_sessions_free(struct sts_sessions *sessions)
{
	if (sessions == NULL)
		return;
	while (!TAILQ_EMPTY(&sessions->used))
		sts_session_end(sessions, TAILQ_FIRST(&sessions->used));
	free(sessions);
}

struct sts_session *
sts_session_make(struct sts_sessions *sessions, struct sts_field id)
{
	struct sts_session *session = sts_session_find(sessions, id);

	if (session == NULL && sessions->n >= SESSIONS_MAX)
		session = TAILQ_FIRST(&sessions->used);
	if (session != NULL)
		sts_session_end(sessions, session);
	session = calloc(1, sizeof(*session));
	if (session == NULL)
		return NULL;
	memcpy(session->id, id.p, id.n);
	TAILQ_INSERT_TAIL(&sessions->used, session, used);
	TAILQ_INSERT_HEAD(bucket_of(sessions, id), session, bucket);
	sessions->n++;
	return session;
}
