/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "domain.h"
#include "hold.h"

int64_t
sts_clamp(int64_t value, int64_t least, int64_t most)
{
	if (value < least)
		return least;
	return value > most ? most : value;
}

unsigned
sts_due(const struct sts_dom *dom, int64_t wall, int64_t mono)
{
	unsigned due = 0;

	if (wall >= dom->held->txt_next)
		due |= STS_WHY_TXT;
	if (wall >= dom->held->refresh && mono >= dom->retry_at &&
	    mono >= dom->floor)
		due |= STS_WHY_REFRESH;
	return due;
}

/*
 * A fetch in the future is a clock that was wrong, then or now. The policy is
 * not given up for that, it is fetched at once; see sts_held_life(). Nothing
 * of this is saved: of a clock that is behind now, the stored times are right.
 */
void
sts_due_mend(struct sts_engine *engine, struct sts_dom *dom)
{
	struct sts_held *held = dom->held;
	int64_t wall = sts_engine_wall(engine);
	bool ahead = sts_held_ahead(held, wall);

	if (!ahead)
		held->ahead = false;
	if (wall >= held->quiet_from)
		return;
	if (wall < held->checked - STS_CLOCK_SLACK)
		held->checked = held->txt_next = wall;
	if (ahead && held->refresh > wall)
		held->refresh = wall;
	if (ahead && !held->ahead) {
		sts_log(engine->deps.log, STS_LOG_WARNING, "clock-jump",
		    "domain=%s fetched=%" PRId64 " now=%" PRId64, dom->name,
		    held->fetched, wall);
		held->txt_next = wall;
		held->ahead = true;
	}
	sts_held_settle(held);
}

void
sts_hold_set(struct sts_engine *engine, struct sts_dom *dom,
    enum sts_hold_kind kind, const char *reason, int64_t ms)
{
	dom->hold = kind;
	dom->hold_reason = reason;
	dom->hold_until = sts_engine_mono(engine) + ms;
}

bool
sts_hold_on(const struct sts_dom *dom, int64_t mono)
{
	return dom->hold != STS_HOLD_NOT && mono < dom->hold_until;
}

bool
sts_fetch_allowed(const struct sts_dom *dom, const char *id, int64_t mono)
{
	if (mono < dom->floor)
		return false;
	return mono >= dom->retry_at || strcmp(id, dom->fail_id) != 0;
}

int64_t
sts_fetch_backoff(
    struct sts_engine *engine, struct sts_dom *dom, const char *id)
{
	const struct sts_engine_config *config = &engine->config;
	int64_t mono = sts_engine_mono(engine);
	int64_t wait = config->backoff_id;

	if (strcmp(id, dom->fail_id) != 0)
		dom->fail_count = 0;
	(void)snprintf(dom->fail_id, sizeof(dom->fail_id), "%s", id);
	for (unsigned i = 0; i < dom->fail_count && wait < config->backoff_max;
	     i++)
		wait *= 2;
	if (wait > config->backoff_max)
		wait = config->backoff_max;
	if (dom->fail_count < 32)
		dom->fail_count++;
	dom->retry_at = mono + wait * 1000;
	dom->floor = mono + config->backoff_domain * 1000;
	return wait > config->backoff_domain ? wait : config->backoff_domain;
}

void
sts_fetch_forgive(struct sts_dom *dom)
{
	dom->fail_id[0] = '\0';
	dom->fail_count = 0;
	dom->retry_at = dom->floor = 0;
	dom->hold = STS_HOLD_NOT;
	dom->last_failure = NULL;
}

int64_t
sts_refresh_after(const struct sts_engine *engine, int64_t max_age)
{
	int64_t interval = engine->config.refresh_interval;
	int64_t half = max_age / 2;

	if (engine->deps.random != NULL && interval >= 10)
		interval +=
		    (int64_t)(engine->deps.random(engine->deps.random_ctx) %
			      (uint32_t)(interval / 5 + 1)) -
		    interval / 10;
	if (interval > half)
		interval = half;
	return interval > engine->config.backoff_domain
		   ? interval
		   : engine->config.backoff_domain;
}
