/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "reporter_job.h"
#include "reporter_push.h"

#define DELAY     1800
#define JITTER    14400
#define RETRY     600
#define RETRY_MAX 7200
#define GIVE_UP   86400
#define AT_ONCE   8
#define LEASE     900
#define PASS      3600 /* to look again for days that are over */
#define SETTLE    60   /* a day's last results are being written */

#define PATIENCE_MS 60000
#define SOON_MS     1000

void
sts_reporter_defaults(struct sts_reporter_config *config)
{
	config->delay = DELAY;
	config->jitter = JITTER;
	config->retry = RETRY;
	config->retry_max = RETRY_MAX;
	config->give_up = GIVE_UP;
	config->at_once = AT_ONCE;
	config->lease = LEASE;
}

int64_t
sts_rep_wall(const struct sts_reporter *reporter)
{
	return reporter->deps.clock.ops->wall(reporter->deps.clock.ctx);
}

int64_t
sts_rep_in(const struct sts_reporter *reporter, int64_t ms)
{
	return reporter->deps.clock.ops->mono(reporter->deps.clock.ctx) + ms;
}

struct sts_timer *
sts_rep_timer(
    struct sts_reporter *reporter, int64_t ms, void (*fn)(void *arg), void *arg)
{
	const struct sts_clock *clock = &reporter->deps.clock;

	return clock->ops->timer(clock->ctx, sts_rep_in(reporter, ms), fn, arg);
}

void
sts_rep_wake(struct sts_reporter *reporter, int64_t wall)
{
	if (wall < reporter->wake)
		reporter->wake = wall;
}

/* What is next, as far as it may be under way. */
static void
on_pump(void *arg)
{
	struct sts_reporter *reporter = arg;
	char domain[STS_DOMAIN_SIZE];
	int64_t day;

	reporter->pump = NULL;
	while (reporter->n_jobs < reporter->config.at_once &&
	       reporter->queue_at < reporter->queue_n) {
		const char *key = reporter->queue[reporter->queue_at++];

		if (sts_rep_key_parse(sts_str(key), &day, domain))
			sts_rep_job_due(reporter, day, domain);
	}
	if (reporter->queue_at == reporter->queue_n)
		sts_rep_sweep_more(reporter);
}

void
sts_rep_pump(struct sts_reporter *reporter)
{
	if (reporter->pump == NULL)
		reporter->pump = sts_rep_timer(reporter, 0, on_pump, reporter);
}

/* At the start the others are not connected to yet: a try without them would
 * be for nothing, and the next one is ten minutes later. */
static bool
is_ready(struct sts_reporter *reporter)
{
	const struct sts_shared *shared = &reporter->deps.shared;

	if (shared->ops == NULL ||
	    sts_rep_in(reporter, 0) >= reporter->patience ||
	    strcmp(shared->ops->state(shared->ctx), "ok") == 0)
		reporter->patience = 0;
	return reporter->patience == 0;
}

/* Once a minute; all that matters is what the wall's clock says. */
static void
on_tick(void *arg)
{
	struct sts_reporter *reporter = arg;
	int64_t wall = sts_rep_wall(reporter);
	bool ready = is_ready(reporter);

	reporter->tick = sts_rep_timer(
	    reporter, ready ? STS_REP_TICK_MS : SOON_MS, on_tick, reporter);
	sts_rep_rows_again(reporter);
	if (reporter->pass == NULL &&
	    (wall >= reporter->pass_at ||
		(sts_day_of(wall) != reporter->passed_day &&
		    wall % STS_DAY_SECONDS >= SETTLE))) {
		reporter->pass_at = wall + PASS;
		sts_rep_pass_begin(reporter);
	}
	if (reporter->kept != NULL)
		sts_rep_kept_look(reporter);
	if (ready && reporter->sweep == NULL && wall >= reporter->wake)
		sts_rep_sweep_begin(reporter);
	sts_rep_pump(reporter);
}

struct sts_reporter *
sts_reporter_new(const struct sts_reporter_deps *deps,
    const struct sts_reporter_config *config)
{
	struct sts_reporter *reporter = calloc(1, sizeof(*reporter));

	if (reporter == NULL)
		return NULL;
	reporter->deps = *deps;
	reporter->config = *config;
	TAILQ_INIT(&reporter->jobs);
	TAILQ_INIT(&reporter->lists);
	reporter->passed_day = -1;
	reporter->patience = sts_rep_in(reporter, PATIENCE_MS);
	reporter->tick = sts_rep_timer(reporter, 0, on_tick, reporter);
	if (reporter->tick != NULL &&
	    (deps->shared.ops == NULL ||
		(sts_rep_push_new(reporter) != NULL &&
		    sts_rep_kept_new(reporter) != NULL)))
		return reporter;
	sts_reporter_free(reporter);
	return NULL;
}

void
sts_reporter_configure(
    struct sts_reporter *reporter, const struct sts_reporter_config *config)
{
	reporter->config = *config;
	sts_rep_pump(reporter);
}

void
sts_reporter_use_dns(struct sts_reporter *reporter, struct sts_dns dns)
{
	reporter->deps.dns = dns;
}

void
sts_reporter_free(struct sts_reporter *reporter)
{
	const struct sts_clock *clock;

	if (reporter == NULL)
		return;
	clock = &reporter->deps.clock;
	clock->ops->cancel(clock->ctx, reporter->tick);
	clock->ops->cancel(clock->ctx, reporter->pump);
	sts_rep_kept_free(reporter);
	sts_rep_push_free(reporter);
	sts_rep_pass_drop(reporter);
	sts_rep_sweep_drop(reporter);
	sts_rep_lists_drop(reporter);
	sts_rep_jobs_drop(reporter);
	sts_rep_test_drop(reporter);
	clock->ops->cancel(clock->ctx, reporter->pump);
	free(reporter);
}

void
sts_reporter_stats(
    const struct sts_reporter *reporter, struct sts_reporter_stats *out)
{
	*out = reporter->stats;
	out->under_way = reporter->n_jobs;
}

void
sts_reporter_send(struct sts_reporter *reporter, int64_t day,
    const char *domain, sts_store_done_cb *done, void *arg)
{
	char name[STS_DOMAIN_SIZE];

	if (sts_host_parse(sts_str(domain), name) != STS_OK ||
	    strcmp(name, domain) != 0 ||
	    day >= sts_day_of(sts_rep_wall(reporter)) || day < 0)
		done(arg, STS_EINVAL);
	else
		sts_rep_job_now(reporter, day, domain, done, arg);
}
