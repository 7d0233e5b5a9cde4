/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>

#include "world.h"

struct sts_timer {
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
};

static int64_t
wall(void *ctx)
{
	const struct world *world = ctx;

	return WORLD_WALL + world->ahead + world->mono / 1000;
}

static int64_t
mono(void *ctx)
{
	return ((struct world *)ctx)->mono;
}

static struct sts_timer *
set_timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	struct world *world = ctx;
	struct sts_timer *timer = malloc(sizeof(*timer));

	assert_true(world->n_timers < WORLD_TIMERS);
	if (timer == NULL)
		return NULL;
	*timer = (struct sts_timer){at, fn, arg};
	world->timer[world->n_timers++] = timer;
	return timer;
}

static void
take_out(struct world *world, struct sts_timer *timer)
{
	size_t i;

	for (i = 0; i < world->n_timers && world->timer[i] != timer; i++)
		;
	assert_true(i < world->n_timers);
	world->n_timers--;
	memmove(&world->timer[i], &world->timer[i + 1],
	    (world->n_timers - i) * sizeof(world->timer[0]));
}

static void
cancel_timer(void *ctx, struct sts_timer *timer)
{
	if (timer == NULL)
		return;
	take_out(ctx, timer);
	free(timer);
}

static struct sts_timer *
set_service_timer(void *ctx, int64_t at, void (*fn)(void *arg), void *arg)
{
	return ((struct world *)ctx)->no_timer ? NULL
					       : set_timer(ctx, at, fn, arg);
}

static const struct sts_clock_ops clock_ops = {
    wall, mono, set_timer, cancel_timer};
static const struct sts_clock_ops service_clock_ops = {
    wall, mono, set_service_timer, cancel_timer};

/* The first timer due by then, taken out. */
static struct sts_timer *
due(struct world *world, int64_t by)
{
	struct sts_timer *first = NULL;
	size_t i;

	for (i = 0; i < world->n_timers; i++)
		if (world->timer[i]->at <= by &&
		    (first == NULL || world->timer[i]->at < first->at))
			first = world->timer[i];
	if (first != NULL)
		take_out(world, first);
	return first;
}

void
world_pump(struct world *world)
{
	struct sts_timer *timer;
	int i;

	for (i = 0; i < 16; i++) {
		event_base_loop(world->base, EVLOOP_NONBLOCK);
		while ((timer = due(world, world->mono)) != NULL) {
			timer->fn(timer->arg);
			free(timer);
		}
	}
}

void
world_pass(struct world *world, int64_t ms)
{
	int64_t until = world->mono + ms;
	struct sts_timer *timer;

	while ((timer = due(world, until)) != NULL) {
		if (timer->at > world->mono)
			world->mono = timer->at;
		timer->fn(timer->arg);
		free(timer);
		world_pump(world);
	}
	world->mono = until;
	world_pump(world);
}

int
world_connect(struct world *world, bool admin)
{
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(
	    sts_service_adopt(world->service, fd[0], admin), STS_OK);
	return fd[1];
}

void
world_write(struct world *world, int fd, const char *text)
{
	assert_int_equal(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	world_pump(world);
}

char *
world_read(struct world *world, int fd, bool *eof)
{
	size_t n = 0, cap = 1 << 22;
	char *text = malloc(cap);
	ssize_t got;
	int quiet;

	assert_non_null(text);
	*eof = false;
	for (quiet = 0; quiet < 2 && !*eof && n < cap - 1;) {
		world_pump(world);
		got = recv(fd, text + n, cap - 1 - n, MSG_DONTWAIT);
		if (got > 0)
			n += (size_t)got;
		else if (got == 0 || errno == ECONNRESET)
			*eof = true;
		else
			quiet++;
	}
	text[n] = '\0';
	return text;
}

static void
expect(struct world *world, int fd, const char *want, bool end)
{
	bool eof;
	char *got = world_read(world, fd, &eof);

	assert_string_equal(got, want);
	assert_int_equal(eof, end);
	free(got);
}

void
world_expect(struct world *world, int fd, const char *text)
{
	expect(world, fd, text, false);
}

void
world_expect_end(struct world *world, int fd, const char *text)
{
	expect(world, fd, text, true);
	close(fd);
}

static void
log_line(void *ctx, enum sts_level level, const char *line)
{
	struct world *world = ctx;
	size_t n = strlen(world->log);

	(void)level;
	snprintf(world->log + n, sizeof(world->log) - n, "%s\n", line);
}

void
world_expect_log(struct world *world, const char *part)
{
	if (strstr(world->log, part) == NULL)
		fail_msg("log has no \"%s\": %s", part, world->log);
	world->log[0] = '\0';
}

static const char *
resolver_state(void *ctx)
{
	(void)ctx;
	return "off";
}

static enum sts_err
reload(void *ctx, char *text, size_t size)
{
	struct world *world = ctx;

	snprintf(text, size, "%s", world->reload_text);
	return world->reload_text[0] == '\0' ? STS_OK : STS_ESYNTAX;
}

struct sts_dns world_dns(struct world *world);
struct sts_http world_http(struct world *world);
struct sts_probing world_probing(struct world *world);
struct sts_addresses world_addresses(struct world *world);

/* What the next world_new() puts it into. */
static struct sts_shared around;
static bool counting;

static void
make_counters(struct world *world)
{
	struct sts_counters_config config;

	sts_counters_defaults(&config);
	world->recording.counters =
	    sts_counters_new(world->store, world->clock, &world->sink, &config);
	assert_non_null(world->recording.counters);
	world->recording.uid[world->recording.n++] = getuid();
}

static void
make_engine(struct world *world)
{
	struct sts_engine_config config;
	struct sts_deps deps = {.clock = world->clock,
	    .dns = world->dns,
	    .http = world_http(world),
	    .store = world->store,
	    .log = &world->sink};

	sts_engine_defaults(&config);
	world->engine = sts_engine_new(&deps, &config);
	assert_non_null(world->engine);
}

struct world *
world_new(void)
{
	struct world *world = calloc(1, sizeof(*world));
	struct sts_service_deps deps;

	world->sink = (struct sts_log){log_line, world, STS_LOG_WARNING};
	world->base = event_base_new();
	world->clock = (struct sts_clock){&clock_ops, world};
	world->dns = world_dns(world);
	assert_int_equal(sts_cache_memory(world->clock, &world->store), STS_OK);
	make_engine(world);
	if (counting)
		make_counters(world);
	sts_service_defaults(&world->config);
	world->config.probe = true;
	deps = (struct sts_service_deps){.base = world->base,
	    .clock = {&service_clock_ops, world},
	    .engine = world->engine,
	    .dns = world->dns,
	    .http = world_http(world),
	    .log = &world->sink,
	    .store = world->store,
	    .shared = around,
	    .recording = counting ? &world->recording : NULL,
	    .resolver_state = resolver_state,
	    .reload = reload,
	    .probing = world_probing(world),
	    .addresses = world_addresses(world),
	    .ctx = world};
	world->service = sts_service_new(&deps, &world->config);
	assert_non_null(world->service);
	return world;
}

struct world *
world_new_in(struct sts_shared shared)
{
	struct world *world;

	around = shared;
	world = world_new();
	around = (struct sts_shared){0};
	return world;
}

void
world_free(struct world *world)
{
	if (world->service != NULL)
		sts_service_free(world->service);
	sts_engine_free(world->engine);
	if (world->recording.counters != NULL)
		sts_counters_free(world->recording.counters);
	world->store.ops->close(world->store.ctx);
	world_config_end(world);
	assert_string_equal(world->log, "");
	assert_int_equal(world->n_timers, 0);
	event_base_free(world->base);
	free(world);
}

struct world *
world_new_counting(void)
{
	struct world *world;

	counting = true;
	world = world_new();
	counting = false;
	return world;
}
