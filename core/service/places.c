/* SPDX-License-Identifier: ISC */
/* Who gives up a place when all are taken; see README.md. */
#include <stdlib.h>
#include <sys/socket.h>

#include "conn.h"

#define FRESH_MS 1000 /* in which a question is still to be expected */

static uid_t
uid_of(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return (uid_t)-1; /* nobody's: all such are one user */
	return peer.uid;
}

struct sts_user *
sts_place_take(struct sts_service *service, int fd)
{
	uid_t uid = uid_of(fd);
	struct sts_user *user;

	user = LIST_FIRST(&service->users);
	while (user != NULL && user->uid != uid)
		user = LIST_NEXT(user, link);
	if (user == NULL) {
		user = calloc(1, sizeof(*user));
		if (user == NULL)
			return NULL;
		user->uid = uid;
		LIST_INSERT_HEAD(&service->users, user, link);
	}
	user->places++;
	return user;
}

void
sts_place_leave(struct sts_user *user)
{
	if (--user->places > 0)
		return;
	LIST_REMOVE(user, link);
	free(user);
}

/* A question is not answered, or the answer not written. */
static bool
is_open(const struct sts_conn *conn)
{
	return conn->n_ring > 0 || conn->out.n > 0;
}

/* The one that said nothing for the longest, of the user (NULL: of all). */
static struct sts_conn *
longest_silent(
    struct sts_service *service, const struct sts_user *user, bool open)
{
	struct sts_conn *conn, *found = NULL;

	TAILQ_FOREACH (conn, &service->conns, link)
		if (!conn->admin && (open || !is_open(conn)) &&
		    (user == NULL || conn->user == user) &&
		    (found == NULL || conn->heard < found->heard))
			found = conn;
	return found;
}

static struct sts_conn *
who_leaves(struct sts_service *service, const struct sts_user *newcomer)
{
	const struct sts_clock *clock = &service->deps.clock;
	const struct sts_user *user, *most = newcomer;
	struct sts_conn *conn;

	LIST_FOREACH (user, &service->users, link)
		if (user->places > most->places)
			most = user;
	conn = longest_silent(service, most, false);
	if (conn != NULL)
		return conn;
	conn = longest_silent(service, NULL, false);
	if (conn != NULL &&
	    clock->ops->mono(clock->ctx) - conn->heard >= FRESH_MS)
		return conn;
	return most != newcomer ? longest_silent(service, most, true) : NULL;
}

bool
sts_place_make(struct sts_service *service, int fd)
{
	struct sts_user *newcomer = sts_place_take(service, fd);
	struct sts_conn *conn;

	if (newcomer == NULL)
		return false;
	conn = who_leaves(service, newcomer);
	if (conn != NULL) {
		sts_busy(service, conn->user->uid, conn->user->places);
		sts_conn_free(conn);
	}
	sts_place_leave(newcomer);
	return conn != NULL;
}
