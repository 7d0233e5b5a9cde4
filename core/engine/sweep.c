/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "domain.h"
#include "entry.h"
#include "flight.h"
#include "op.h"
#include "save.h"
#include "sweep.h"

struct sts_sweep {
	struct sts_engine *engine;
	struct sts_timer *timer;
	bool walking; /* the store's callback is owed */
	int64_t next; /* mono; the next round */
	char after[STS_STORE_KEY_MAX + 1];
	size_t seen, n_due; /* in this step */
	char due[STS_SWEEP_DUE][STS_DOMAIN_SIZE];
};

static void on_timer(void *arg);

static void
wait_until(struct sts_sweep *sweep, int64_t at)
{
	const struct sts_clock *clock = &sweep->engine->deps.clock;

	sweep->timer = clock->ops->timer(clock->ctx, at, on_timer, sweep);
}

static bool
is_due(const struct sts_engine *engine, const char *domain,
    const struct sts_entry_head *head)
{
	const struct sts_dom *dom = sts_dom_find(engine, domain);
	int64_t wall = sts_engine_wall(engine);
	int64_t refresh = head->refresh;
	int64_t expires = head->expires;
	int64_t used = head->used;

	if (dom != NULL && dom->held != NULL) {
		int64_t mono = sts_engine_mono(engine);

		if (dom->flight != NULL || mono < dom->retry_at ||
		    mono < dom->floor)
			return false;
		refresh = dom->held->refresh;
		expires = dom->held->expires;
		if (dom->last_used > used)
			used = dom->last_used;
	}
	return wall < expires && wall >= refresh &&
	       wall - used < STS_KEEP_UNUSED;
}

static int
on_item(void *arg, const struct sts_store_item *item)
{
	struct sts_sweep *sweep = arg;
	struct sts_entry_head head;

	if (item->key.n > STS_STORE_KEY_MAX)
		return 0;
	sweep->seen++;
	memcpy(sweep->after, item->key.p, item->key.n);
	sweep->after[item->key.n] = '\0';
	if (item->key.n <= STS_DOMAIN_MAX &&
	    sts_entry_head(sweep->after, item->value, &head) == STS_OK &&
	    is_due(sweep->engine, sweep->after, &head))
		memcpy(
		    sweep->due[sweep->n_due++], sweep->after, item->key.n + 1);
	return sweep->n_due == STS_SWEEP_DUE;
}

static void
refresh(struct sts_engine *engine, const char *domain)
{
	struct sts_dom *dom;

	if (sts_dom_get(engine, domain, &dom) == STS_OK && dom->flight == NULL)
		(void)sts_flight_start(engine, dom, STS_WHY_SWEEP);
}

static void
on_walked(void *arg, enum sts_err err)
{
	struct sts_sweep *sweep = arg;
	struct sts_engine *engine = sweep->engine;
	bool more = err == STS_OK && (sweep->seen == STS_SWEEP_STEP ||
					 sweep->n_due == STS_SWEEP_DUE);

	sweep->walking = false;
	if (engine->closing)
		return;
	if (err != STS_OK)
		sts_engine_complain(engine, "store-walk");
	for (size_t i = 0; i < sweep->n_due; i++)
		refresh(engine, sweep->due[i]);
	if (!more)
		sweep->after[0] = '\0';
	wait_until(sweep,
	    more ? sts_engine_mono(engine) + STS_SWEEP_PAUSE_MS : sweep->next);
}

/* Askers come first: a sweep leaves them half of the fetches. */
static bool
is_crowded(const struct sts_engine *engine)
{
	return engine->gate_http.active + engine->gate_http.waiting +
		   engine->gate_txt.waiting >
	       engine->config.fetches_max / 2;
}

/* What is in no store is found here. */
static void
refresh_unsaved(struct sts_engine *engine)
{
	int64_t wall = sts_engine_wall(engine);
	int64_t mono = sts_engine_mono(engine);
	size_t n = STS_SWEEP_DUE;
	struct sts_dom *dom;
	struct sts_dom *next;

	for (dom = TAILQ_FIRST(&engine->unsaved); dom != NULL && n > 0;
	     dom = next) {
		next = TAILQ_NEXT(dom, link);
		if (!sts_dom_live(dom, wall) || dom->flight != NULL ||
		    (sts_due(dom, wall, mono) & STS_WHY_REFRESH) == 0 ||
		    wall - dom->last_used >= STS_KEEP_UNUSED)
			continue;
		(void)sts_flight_start(engine, dom, STS_WHY_SWEEP);
		n--;
	}
}

static void
on_timer(void *arg)
{
	struct sts_sweep *sweep = arg;
	struct sts_engine *engine = sweep->engine;
	int64_t mono = sts_engine_mono(engine);

	sts_engine_enter(engine);
	sweep->timer = NULL;
	if (mono >= sweep->next) {
		sweep->next = mono + STS_SWEEP_MS;
		sts_save_again(engine);
		refresh_unsaved(engine);
	}
	if (is_crowded(engine)) {
		wait_until(sweep, mono + STS_SWEEP_CROWD_MS);
	} else {
		sweep->seen = sweep->n_due = 0;
		sweep->walking = true;
		(void)sts_op_walk(engine, sweep->after, STS_SWEEP_STEP, on_item,
		    on_walked, sweep);
	}
	sts_engine_leave(engine);
}

struct sts_sweep *
sts_sweep_new(struct sts_engine *engine)
{
	struct sts_sweep *sweep = calloc(1, sizeof(*sweep));

	if (sweep == NULL)
		return NULL;
	sweep->engine = engine;
	sweep->next = sts_engine_mono(engine) + STS_SWEEP_MS;
	wait_until(sweep, sweep->next);
	if (sweep->timer != NULL)
		return sweep;
	free(sweep);
	return NULL;
}

void
sts_sweep_ensure(struct sts_sweep *sweep)
{
	if (sweep->timer == NULL && !sweep->walking)
		wait_until(sweep, sweep->next);
}

void
sts_sweep_free(struct sts_sweep *sweep)
{
	const struct sts_clock *clock;

	if (sweep == NULL)
		return;
	clock = &sweep->engine->deps.clock;
	clock->ops->cancel(clock->ctx, sweep->timer);
	free(sweep);
}
