/* SPDX-License-Identifier: ISC */
#include "world_late.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
write_log(void *ctx, enum sts_level level, const char *line)
{
	struct world *w = ctx;
	size_t n = strlen(line);

	(void)level;
	w->lines = realloc(w->lines, w->n_lines + n + 2);
	assert_non_null(w->lines);
	memcpy(w->lines + w->n_lines, line, n);
	memcpy(w->lines + w->n_lines + n, "\n", 2);
	w->n_lines += n + 1;
}

unsigned
world_told(struct world *w, const char *text)
{
	unsigned n = 0;
	const char *at = w->lines;

	while (at != NULL && (at = strstr(at, text)) != NULL) {
		n++;
		at = strchr(at, '\n');
	}
	return n;
}

static uint32_t
next_random(void *ctx)
{
	struct world *w = ctx;

	w->seed = w->seed * 1664525 + 1013904223;
	return w->seed >> 4;
}

void
world_start(struct world *w)
{
	w->reporter = sts_reporter_new(&w->deps, &w->config);
	assert_non_null(w->reporter);
}

static void
start_counters(struct world *w)
{
	struct sts_counters_config config;

	sts_counters_defaults(&config);
	w->counters =
	    sts_counters_new(w->store, fixture_clock(&w->f), &w->log, &config);
	assert_non_null(w->counters);
	w->deps.counters = w->counters;
}

void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	fixture_init(&w->f, MEMORY);
	w->store = (struct sts_store){&world_store_ops, w};
	w->log = (struct sts_log){write_log, w, STS_LOG_DEBUG};
	w->record = "v=TLSRPTv1; rua=mailto:tls@%s";
	w->seed = 1;
	w->deps = (struct sts_reporter_deps){.clock = fixture_clock(&w->f),
	    .dns = {&world_dns_ops, w},
	    .store = w->store,
	    .sending = {&world_sending_ops, w},
	    .log = &w->log,
	    .random = next_random,
	    .random_ctx = w};
	sts_reporter_defaults(&w->config);
	w->config.name = (struct sts_reporter_name){.organization = "Us",
	    .contact = "tls@us.example",
	    .submitter = "us.example"};
	start_counters(w);
	world_start(w);
}

void
world_stop(struct world *w)
{
	sts_reporter_free(w->reporter);
	w->reporter = NULL;
	sts_counters_free(w->counters);
	start_counters(w);
}

void
world_kill(struct world *w)
{
	w->dying = true;
	world_stop(w);
	w->dying = false;
	for (size_t i = 0; i < w->n_held; i++)
		w->held[i].done(w->held[i].arg, STS_ETEMP);
	w->n_held = 0;
	world_late_kill(w);
	w->hold_puts = false;
}

void
world_fini(struct world *w)
{
	world_kill(w);
	sts_counters_free(w->counters);
	assert_int_equal(w->under_way, 0);
	assert_null(w->f.timers);
	free(w->lines);
	fixture_fini(&w->f);
}

void
world_pass(struct world *w, int64_t seconds)
{
	world_until(w, w->f.wall + seconds);
}

void
world_until(struct world *w, int64_t wall)
{
	while (w->f.wall < wall) {
		int64_t left = wall - w->f.wall;

		turn(&w->f, (left < 60 ? left : 60) * 1000);
	}
}

static void
counted(void *arg, enum sts_err err)
{
	(void)arg;
	assert_int_equal(err, STS_OK);
}

void
world_count(struct world *w, const char *domain, unsigned times)
{
	struct sts_tls_result result = success();

	result.domain = domain;
	while (times-- > 0)
		sts_counters_add(w->counters, &result, counted, NULL);
}

static void
got(void *arg, enum sts_err err, const struct sts_tally *tally)
{
	assert_int_equal(err, tally != NULL ? STS_OK : STS_ENOENT);
	if (tally != NULL)
		*(uint64_t *)arg = sessions(tally);
}

uint64_t
world_left(struct world *w, const char *domain)
{
	uint64_t left = 0;

	sts_counters_get(w->counters, DAY, domain, got, &left);
	return left;
}

static char last[STS_SENDING_WHY]; /* of the view that was looked at */

struct look {
	const char *domain;
	struct sts_report_view view;
	bool found, done;
};

static void
each(void *arg, const struct sts_report_view *view)
{
	struct look *look = arg;

	if (view->day != DAY || strcmp(view->domain, look->domain) != 0)
		return;
	look->found = true;
	look->view = *view;
	(void)snprintf(last, sizeof(last), "%s", view->last);
	look->view.domain = look->domain;
	look->view.last = last;
}

static void
done(void *arg, enum sts_err err)
{
	assert_int_equal(err, STS_OK);
	((struct look *)arg)->done = true;
}

struct sts_report_view
world_view(struct world *w, const char *domain)
{
	struct look look = {.domain = domain};

	sts_reporter_list(w->reporter, DAY, "", 100000, each, done, &look);
	assert_true(look.done);
	assert_true(look.found);
	return look.view;
}

enum sts_report_state
world_state(struct world *w, const char *domain)
{
	return world_view(w, domain).state;
}
