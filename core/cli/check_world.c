/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "check.h"
#include "print.h"
#include "sts/loop.h"
#include "sts/parts.h"
#include "sts/patient.h"

/*
 * Few at once at one provider's address, and whoever has to wait for that
 * waits. Milliseconds of a fetch: a sender's mail waits no longer for one.
 */
#define PER_ADDRESS 16
#define FETCH_MS    20000
#define PROBES_MAX  256
#define HOSTS_MAX   128
#define SOON        14 /* days */

struct sts_check_world {
	struct sts_config config;
	struct sts_log log;
	struct event_base *base;
	struct sts_clock clock;
	char host[STS_DOMAIN_SIZE];
	struct sts_resolver *resolver;
	struct sts_patient *patient;
	struct sts_fetcher *fetcher;
	struct sts_prober *prober;
	struct sts_checker *checker;
};

static void
to_stderr(void *ctx, enum sts_level level, const char *line)
{
	(void)ctx;
	(void)level;
	fprintf(stderr, "stsgate: %s\n", line);
}

static enum sts_err
make_patient(struct sts_check_world *world)
{
	world->patient = sts_patient_new(sts_resolver_dns(world->resolver),
	    sts_resolver_addresses(world->resolver), world->clock);
	return world->patient != NULL ? STS_OK : STS_ENOMEM;
}

static enum sts_err
make_fetcher(struct sts_check_world *world, const struct sts_parts *parts)
{
	struct sts_fetch_config config;
	enum sts_err err = sts_parts_fetch(parts, &world->config, &config);

	config.per_address_max = PER_ADDRESS;
	config.patient = true;
	if (err != STS_OK)
		return err;
	return sts_fetcher_new(world->base, &config,
	    sts_patient_addresses(world->patient), world->clock, &world->log,
	    &world->fetcher);
}

static enum sts_err
make_prober(struct sts_check_world *world, const struct sts_parts *parts)
{
	const char *helo = world->config.helo_name;
	struct sts_probe_config config;
	enum sts_err err;

	if (helo[0] == '\0') {
		sts_parts_host(world->host);
		helo = world->host;
	}
	err = sts_parts_probe(parts, &world->config, helo, &config);
	config.total_max = PROBES_MAX;
	config.per_address_max = PER_ADDRESS;
	config.patient = true;
	if (err != STS_OK)
		return err;
	return sts_prober_new(world->base, &config,
	    sts_resolver_addresses(world->resolver), world->clock, &world->log,
	    &world->prober);
}

static bool
validates(void *ctx)
{
	const struct sts_check_world *world = ctx;

	return strcmp(sts_resolver_state(world->resolver), "validating") == 0;
}

static enum sts_err
make_checker(struct sts_check_world *world, const struct sts_cli *cli)
{
	const struct sts_config *of = &world->config;
	struct sts_check_config config = {
	    .dns_ms = of->dns_timeout,
	    .fetch_ms =
		of->fetch_timeout < FETCH_MS ? of->fetch_timeout : FETCH_MS,
	    .probe_ms = of->probe_timeout,
	    .soon = SOON,
	    .hosts_max = HOSTS_MAX,
	    .selectors = cli->selectors,
	    .n_selectors = cli->n_selectors,
	};
	struct sts_check_deps deps = {
	    .clock = world->clock,
	    .dns = sts_patient_dns(world->patient),
	    .addresses = sts_patient_addresses(world->patient),
	    .http = sts_fetcher_http(world->fetcher),
	    .validates = validates,
	    .ctx = world,
	};

	if (world->prober != NULL)
		deps.probing = sts_prober_probing(world->prober);
	world->checker = sts_checker_new(&deps, &config);
	return world->checker != NULL ? STS_OK : STS_ENOMEM;
}

static enum sts_err
make(struct sts_check_world *world, const struct sts_cli *cli, const char *path)
{
	struct sts_parts parts = {
	    .log = &world->log, .path = path, .many = true};
	enum sts_err err;

	world->base = event_base_new();
	if (world->base == NULL)
		return STS_ENOMEM;
	world->clock = sts_loop_clock(world->base);
	parts.base = world->base;
	parts.clock = world->clock;
	err = sts_parts_resolver(&parts, &world->config, &world->resolver);
	if (err == STS_OK)
		err = make_patient(world);
	if (err == STS_OK)
		err = make_fetcher(world, &parts);
	if (err == STS_OK && !cli->no_probe)
		err = make_prober(world, &parts);
	return err == STS_OK ? make_checker(world, cli) : err;
}

int
sts_check_world_new(const struct sts_cli *cli, struct sts_check_world **out)
{
	const char *path;
	struct sts_check_world *world = calloc(1, sizeof(*world));
	enum sts_err err;

	if (world == NULL)
		return sts_print_trouble("check", "out of memory");
	(void)signal(SIGPIPE, SIG_IGN);
	sts_parts_descriptors();
	world->log = (struct sts_log){to_stderr, NULL, STS_LOG_ERROR};
	if (sts_ask_config(cli, &world->config, &path) != STS_EXIT_YES) {
		free(world);
		return sts_print_trouble(path, "not usable; see --config");
	}
	err = make(world, cli, path);
	if (err != STS_OK) {
		sts_check_world_free(world);
		return sts_print_trouble("check", sts_err_name(err));
	}
	*out = world;
	return STS_EXIT_YES;
}

void
sts_check_world_free(struct sts_check_world *world)
{
	sts_checker_free(world->checker);
	sts_prober_free(world->prober);
	if (world->fetcher != NULL)
		sts_fetcher_free(world->fetcher);
	sts_patient_free(world->patient);
	sts_resolver_free(world->resolver);
	if (world->base != NULL)
		event_base_free(world->base);
	sts_config_free(&world->config);
	free(world);
}

struct sts_checker *
sts_check_world_checker(struct sts_check_world *world)
{
	return world->checker;
}

void
sts_check_world_run(struct sts_check_world *world)
{
	(void)event_base_dispatch(world->base);
}

void
sts_check_world_stop(struct sts_check_world *world)
{
	(void)event_base_loopbreak(world->base);
}
