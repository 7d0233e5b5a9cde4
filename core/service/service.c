/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "judge.h"
#include "routes.h"
#include "task.h"
#include "tlsa.h"
#include "wishes.h"

void
sts_service_defaults(struct sts_service_config *config)
{
	*config = (struct sts_service_config){
	    .lookup_timeout = 10000,
	    .dns_timeout = 5000,
	    .fetch_timeout = 60000,
	    .progress = 500,
	    .idle = 300000,
	    .stall = 20000,
	    .grace = 2000,
	    .connections_max = 1024,
	    .probe_timeout = 8000,
	    .probes_max = 64,
	    .domains_max = 20000,
	};
}

static int64_t
now(const struct sts_service *service)
{
	return service->deps.clock.ops->mono(service->deps.clock.ctx);
}

static struct sts_timer *
after(struct sts_service *service, int64_t ms, void (*fn)(void *arg))
{
	const struct sts_clock *clock = &service->deps.clock;

	return clock->ops->timer(clock->ctx, now(service) + ms, fn, service);
}

static void
on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct sts_service *service = arg;
	struct sts_conn *conn;

	(void)fd;
	(void)what;
	while ((conn = TAILQ_FIRST(&service->kicked)) != NULL) {
		TAILQ_REMOVE(&service->kicked, conn, kick_link);
		conn->kicked = false;
		sts_conn_run(conn);
	}
}

/* Close what is silent, or does not take its answers. */
static void
check_conn(struct sts_conn *conn, int64_t mono)
{
	struct sts_service *service = conn->service;
	int64_t quiet = mono - conn->last;

	if (conn->traffic || (conn->n_ring > 0 && conn->out.n == 0)) {
		conn->traffic = false;
		conn->last = mono;
	} else if (conn->out.n > 0 && quiet >= service->config.stall) {
		service->stats.stalled++;
		sts_log(service->deps.log, STS_LOG_INFO, "client-stalled",
		    "unread=%zu", conn->out.n - conn->written);
		sts_conn_free(conn);
	} else if (quiet >= service->config.idle) {
		service->stats.idle++;
		sts_conn_free(conn);
	}
}

static void
on_tick(void *arg)
{
	struct sts_service *service = arg;
	struct sts_conn *conn, *next;
	int64_t mono = now(service);

	for (conn = TAILQ_FIRST(&service->conns); conn != NULL; conn = next) {
		next = TAILQ_NEXT(conn, link);
		check_conn(conn, mono);
	}
	service->full_told = false;
	service->tick = after(service, service->config.stall / 4, on_tick);
}

struct sts_service *
sts_service_new(const struct sts_service_deps *deps,
    const struct sts_service_config *config)
{
	struct sts_service *service = calloc(1, sizeof(*service));

	if (service == NULL)
		return NULL;
	service->deps = *deps;
	service->config = *config;
	service->started = now(service);
	TAILQ_INIT(&service->conns);
	TAILQ_INIT(&service->kicked);
	LIST_INIT(&service->users);
	LIST_INIT(&service->tlsa_looks);
	LIST_INIT(&service->judges);
	event_assign(
	    &service->kick, deps->base, -1, EV_PERSIST, on_kick, service);
	service->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	service->tick = after(service, config->stall / 4, on_tick);
	if (service->tick == NULL) {
		sts_service_free(service);
		return NULL;
	}
	return service;
}

static void
close_listeners(struct sts_service *service)
{
	for (; service->n_listeners > 0; service->n_listeners--) {
		struct sts_listener *listener =
		    &service->listener[service->n_listeners - 1];

		event_del(&listener->event);
		close(listener->fd);
	}
}

void
sts_service_free(struct sts_service *service)
{
	const struct sts_clock *clock = &service->deps.clock;
	struct sts_conn *conn;

	service->stopped = NULL;
	close_listeners(service);
	while ((conn = TAILQ_FIRST(&service->conns)) != NULL)
		sts_conn_free(conn);
	sts_judges_end(service);
	sts_routes_free(service->routes);
	sts_wishes_free(service->wishes);
	sts_tlsa_end(service);
	clock->ops->cancel(clock->ctx, service->tick);
	clock->ops->cancel(clock->ctx, service->pause);
	clock->ops->cancel(clock->ctx, service->grace);
	event_del(&service->kick);
	if (service->spare != NULL)
		sts_task_free(service->spare);
	if (service->spare_fd >= 0)
		close(service->spare_fd);
	sts_overrides_free(service->overrides);
	free(service);
}

void
sts_service_configure(
    struct sts_service *service, const struct sts_service_config *config)
{
	service->config = *config;
}

void
sts_service_use_dns(struct sts_service *service, struct sts_dns dns)
{
	service->deps.dns = dns;
}

void
sts_service_use_addresses(
    struct sts_service *service, struct sts_addresses addresses)
{
	service->deps.addresses = addresses;
}

void
sts_service_use_overrides(
    struct sts_service *service, struct sts_overrides *overrides)
{
	sts_overrides_free(service->overrides);
	service->overrides = sts_overrides_ref(overrides);
	if (service->routes != NULL)
		sts_routes_reloaded(service->routes);
}

static void
all_written(void *arg)
{
	struct sts_service *service = arg;
	struct sts_conn *conn;

	service->grace = NULL;
	while ((conn = TAILQ_FIRST(&service->conns)) != NULL)
		sts_conn_free(conn);
	if (service->stopped != NULL)
		service->stopped(service->stopped_arg);
	service->stopped = NULL;
}

void
sts_service_closed(struct sts_service *service)
{
	const struct sts_clock *clock = &service->deps.clock;
	struct sts_timer *soon;

	if (service->stopped == NULL || !TAILQ_EMPTY(&service->conns) ||
	    service->grace == NULL)
		return;
	/* Not inside a connection's own calls. */
	soon = after(service, 0, all_written);
	if (soon == NULL)
		return; /* then at the end of grace */
	clock->ops->cancel(clock->ctx, service->grace);
	service->grace = soon;
}

void
sts_service_stop(
    struct sts_service *service, void (*done)(void *arg), void *arg)
{
	struct sts_conn *conn, *next;

	if (service->stopping)
		return;
	service->stopping = true;
	close_listeners(service);
	for (conn = TAILQ_FIRST(&service->conns); conn != NULL; conn = next) {
		next = TAILQ_NEXT(conn, link);
		sts_conn_stop(conn);
	}
	service->stopped = done;
	service->stopped_arg = arg;
	service->grace = after(service,
	    TAILQ_EMPTY(&service->conns) ? 0 : service->config.grace,
	    all_written);
	if (service->grace == NULL)
		all_written(service);
}
