/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "activation.h"
#include "daemon.h"
#include "reports.h"
#include "shared.h"
#include "sts/parts.h"

static enum sts_err
failed(const struct sts_daemon *daemon, const char *what, const char *why)
{
	sts_log(&daemon->log, STS_LOG_ERROR, "start-failed",
	    "what=%s reason=\"%s\"", what, why);
	return STS_EINVAL;
}

enum sts_err
sts_daemon_drop(struct sts_daemon *daemon)
{
	const struct sts_config *config = &daemon->config;
	const struct passwd *pw;

	if (geteuid() != 0 || config->user[0] == '\0')
		return STS_OK;
	errno = 0;
	pw = getpwnam(config->user);
	if (pw == NULL)
		return failed(daemon, "user", "no such user");
	if (strcmp(config->store, "memory") != 0 &&
	    sts_folder_make(config->store, pw->pw_uid, pw->pw_gid) != STS_OK)
		return failed(daemon, "store", strerror(errno));
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return failed(daemon, "user", strerror(errno));
	return STS_OK;
}

uint32_t
sts_daemon_random(void *ctx)
{
	uint32_t word = 0;

	(void)ctx;
	(void)!getrandom(&word, sizeof(word), GRND_NONBLOCK);
	return word;
}

static void
stopped(void *arg)
{
	struct sts_daemon *daemon = arg;

	event_base_loopbreak(daemon->base);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct sts_daemon *daemon = arg;
	char text[512];

	(void)what;
	if (number == SIGHUP) {
		sts_notify_reloading();
		(void)sts_daemon_reload(daemon, text, sizeof(text));
		sts_notify("READY=1");
		return;
	}
	sts_notify("STOPPING=1");
	sts_log(
	    &daemon->log, STS_LOG_INFO, "stopping", "signal=%d", (int)number);
	/* While we still listen, so that a successor's is not taken for it. */
	sts_sockets_close(&daemon->sockets);
	sts_service_stop(daemon->service, stopped, daemon);
}

static enum sts_err
catch_signals(struct sts_daemon *daemon)
{
	static const int numbers[STS_SIGNALS] = {SIGHUP, SIGTERM, SIGINT};
	size_t i;

	for (i = 0; i < STS_SIGNALS; i++) {
		daemon->signals[i] =
		    evsignal_new(daemon->base, numbers[i], on_signal, daemon);
		if (daemon->signals[i] == NULL ||
		    event_add(daemon->signals[i], NULL) != 0)
			return failed(daemon, "signals", "no memory");
	}
	return STS_OK;
}

static void
watchdog(void *arg)
{
	struct sts_daemon *daemon = arg;

	sts_notify_alive();
	daemon->watchdog = daemon->clock.ops->timer(daemon->clock.ctx,
	    daemon->clock.ops->mono(daemon->clock.ctx) + sts_notify_watchdog(),
	    watchdog, daemon);
}

static enum sts_err
open_store(struct sts_daemon *daemon)
{
	const char *dir = daemon->config.store;
	enum sts_err err;

	if (strcmp(dir, "memory") == 0) {
		err = sts_cache_memory(daemon->clock, &daemon->store);
	} else {
		(void)sts_folder_make(dir, (uid_t)-1, (gid_t)-1);
		err = sts_cache_lmdb(daemon->base, dir, daemon->clock,
		    &daemon->log, &daemon->store);
	}
	return err == STS_OK ? STS_OK
			     : failed(daemon, "store", sts_err_name(err));
}

static const char *
resolver_state(void *ctx)
{
	const struct sts_daemon *daemon = ctx;

	return sts_resolver_state(daemon->resolver);
}

static enum sts_err
reload_verb(void *ctx, char *text, size_t size)
{
	return sts_daemon_reload(ctx, text, size);
}

static enum sts_err
make_engine(struct sts_daemon *daemon)
{
	struct sts_engine_config config;
	struct sts_deps deps = {
	    .clock = daemon->clock,
	    .dns = sts_resolver_dns(daemon->resolver),
	    .http = sts_fetcher_http(daemon->fetcher),
	    .store = daemon->store,
	    .shared = daemon->shared,
	    .log = &daemon->log,
	    .random = sts_daemon_random,
	};

	sts_daemon_engine_config(&daemon->config, &config);
	daemon->engine = sts_engine_new(&deps, &config);
	return daemon->engine != NULL ? STS_OK
				      : failed(daemon, "engine", "no memory");
}

static enum sts_err
make_service(struct sts_daemon *daemon)
{
	struct sts_service_config config;
	struct sts_service_deps deps = {
	    .base = daemon->base,
	    .clock = daemon->clock,
	    .engine = daemon->engine,
	    .dns = sts_resolver_dns(daemon->resolver),
	    .http = sts_fetcher_http(daemon->fetcher),
	    .addresses = sts_resolver_addresses(daemon->resolver),
	    .log = &daemon->log,
	    .store = daemon->store,
	    .shared = daemon->shared,
	    .recording = sts_daemon_recording(daemon),
	    .resolver_state = resolver_state,
	    .reload = reload_verb,
	    .random = sts_daemon_random,
	    .ctx = daemon,
	};
	int i, fd;

	if (daemon->prober != NULL)
		deps.probing = sts_prober_probing(daemon->prober);
	sts_daemon_service_config(daemon, &daemon->config, &config);
	daemon->service = sts_service_new(&deps, &config);
	if (daemon->service == NULL)
		return failed(daemon, "service", "no memory");
	sts_overrides_log(&daemon->log, NULL, daemon->config.overrides);
	sts_service_use_overrides(daemon->service, daemon->config.overrides);
	for (i = 0; i < STS_SOCKETS; i++) {
		fd = daemon->sockets.fd[i];
		daemon->sockets.fd[i] = -1;
		if (sts_service_listen(daemon->service, fd, i == STS_ADMIN) !=
		    STS_OK)
			return failed(daemon, "service", "no memory");
	}
	return STS_OK;
}

enum sts_err
sts_daemon_start(struct sts_daemon *daemon)
{
	enum sts_err err;

	signal(SIGPIPE, SIG_IGN);
	sts_parts_descriptors();
	err = sts_sockets_open(&daemon->config, &daemon->log, &daemon->sockets);
	if (err == STS_OK)
		err = sts_daemon_drop(daemon);
	if (err != STS_OK)
		return err;
	daemon->base = event_base_new();
	if (daemon->base == NULL)
		return failed(daemon, "loop", "no memory");
	daemon->clock = sts_loop_clock(daemon->base);
	err = open_store(daemon);
	if (err == STS_OK)
		err = sts_daemon_resolver(
		    daemon, &daemon->config, &daemon->resolver);
	if (err == STS_OK)
		err = sts_daemon_shared(daemon);
	if (err == STS_OK)
		err = sts_daemon_fetcher(daemon, &daemon->fetcher);
	if (err == STS_OK)
		err = sts_daemon_prober(daemon);
	if (err == STS_OK)
		err = make_engine(daemon);
	if (err == STS_OK)
		err = sts_daemon_reports(daemon);
	if (err == STS_OK)
		err = make_service(daemon);
	if (err == STS_OK)
		err = catch_signals(daemon);
	return err;
}

void
sts_daemon_run(struct sts_daemon *daemon)
{
	sts_log(&daemon->log, STS_LOG_INFO, "started",
	    "version=%s query=%s admin=%s store=\"%s\" reports=%s", STS_VERSION,
	    daemon->config.query_socket, daemon->config.admin_socket,
	    daemon->store.ops->state(daemon->store.ctx),
	    daemon->reports != NULL ? "on" : "off");
	sts_notify("READY=1");
	if (sts_notify_watchdog() > 0)
		watchdog(daemon);
	event_base_dispatch(daemon->base);
}

static void
free_resolvers(struct sts_daemon *daemon)
{
	while (daemon->n_old > 0)
		sts_resolver_free(daemon->old[--daemon->n_old]);
	if (daemon->resolver != NULL)
		sts_resolver_free(daemon->resolver);
}

void
sts_daemon_free(struct sts_daemon *daemon)
{
	size_t i;

	if (daemon->service != NULL)
		sts_service_free(daemon->service);
	if (daemon->engine != NULL)
		sts_engine_free(daemon->engine);
	sts_daemon_reports_close(daemon);
	sts_prober_free(daemon->prober);
	if (daemon->fetcher != NULL)
		sts_fetcher_free(daemon->fetcher);
	/* The store may still look into what is shared. */
	if (daemon->store.ops != NULL)
		daemon->store.ops->close(daemon->store.ctx);
	sts_daemon_shared_close(daemon);
	free_resolvers(daemon);
	for (i = 0; i < STS_SIGNALS; i++)
		if (daemon->signals[i] != NULL)
			event_free(daemon->signals[i]);
	if (daemon->base != NULL) {
		daemon->clock.ops->cancel(daemon->clock.ctx, daemon->drain);
		daemon->clock.ops->cancel(daemon->clock.ctx, daemon->watchdog);
		event_base_free(daemon->base);
	}
	sts_sockets_close(&daemon->sockets);
	sts_config_free(&daemon->config);
}
