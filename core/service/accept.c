/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"

#define ACCEPT_MAX 16  /* connections a wake-up */
#define PAUSE_MS   100 /* when there are no descriptors at all */

void
sts_busy(struct sts_service *service, uid_t uid, size_t places)
{
	service->stats.busy++;
	if (!service->full_told)
		sts_log(service->deps.log, STS_LOG_WARNING, "busy",
		    "connections=%zu uid=%lu of=%zu", service->n_conns,
		    (unsigned long)uid, places);
	service->full_told = true;
}

/* Tell one client that it is too much for us; it takes that as temporary. */
static void
turn_away(struct sts_service *service, int fd)
{
	static const char busy[] = "STS1 temp - reason=busy\n";
	char question[4096];
	struct sts_user *user = sts_place_take(service, fd);

	sts_busy(service, user != NULL ? user->uid : (uid_t)-1,
	    user != NULL ? user->places - 1 : 0);
	if (user != NULL)
		sts_place_leave(user);
	(void)!send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* What is left unread would reset the connection. */
	(void)!recv(fd, question, sizeof(question), MSG_DONTWAIT);
	close(fd);
}

static void
listen_again(void *arg)
{
	struct sts_service *service = arg;
	size_t i;

	service->pause = NULL;
	for (i = 0; i < service->n_listeners; i++)
		event_add(&service->listener[i].event, NULL);
}

/* The kernel would wake us for ever: rest a moment. */
static void
rest(struct sts_service *service)
{
	const struct sts_clock *clock = &service->deps.clock;
	size_t i;

	if (service->pause != NULL)
		return;
	service->pause = clock->ops->timer(clock->ctx,
	    clock->ops->mono(clock->ctx) + PAUSE_MS, listen_again, service);
	for (i = 0; service->pause != NULL && i < service->n_listeners; i++)
		event_del(&service->listener[i].event);
}

/* Out of descriptors: use the spare one to say so. */
static void
no_descriptors(struct sts_listener *listener)
{
	struct sts_service *service = listener->service;
	int fd;

	if (service->spare_fd < 0) {
		rest(service);
		return;
	}
	close(service->spare_fd);
	fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0 && !listener->admin && sts_place_make(service, fd))
		(void)sts_conn_new(service, fd, false);
	else if (fd >= 0)
		turn_away(service, fd);
	service->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || service->spare_fd < 0)
		rest(service);
}

static bool
full(const struct sts_listener *listener)
{
	const struct sts_service *service = listener->service;

	if (listener->admin)
		return service->n_admin >= STS_ADMIN_CONNS;
	return service->n_conns - service->n_admin >=
	       service->config.connections_max;
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct sts_listener *listener = arg;
	struct sts_service *service = listener->service;
	int fd, i;

	(void)what;
	for (i = 0; i < ACCEPT_MAX; i++) {
		fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		service->stats.accepted++;
		if (full(listener) &&
		    (listener->admin || !sts_place_make(service, fd)))
			turn_away(service, fd);
		else
			(void)sts_conn_new(service, fd, listener->admin);
	}
	if (i == ACCEPT_MAX || errno == EAGAIN || errno == EINTR ||
	    errno == ECONNABORTED)
		return;
	if (errno == EMFILE || errno == ENFILE)
		no_descriptors(listener);
	else
		rest(service);
}

enum sts_err
sts_service_listen(struct sts_service *service, int fd, bool admin)
{
	struct sts_listener *listener =
	    &service->listener[service->n_listeners];

	if (service->n_listeners == STS_LISTENERS ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    event_assign(&listener->event, service->deps.base, fd,
		EV_READ | EV_PERSIST, on_accept, listener) != 0 ||
	    event_add(&listener->event, NULL) != 0) {
		close(fd);
		return STS_ENOMEM;
	}
	listener->service = service;
	listener->fd = fd;
	listener->admin = admin;
	service->n_listeners++;
	return STS_OK;
}

enum sts_err
sts_service_adopt(struct sts_service *service, int fd, bool admin)
{
	service->stats.accepted++;
	return sts_conn_new(service, fd, admin);
}
