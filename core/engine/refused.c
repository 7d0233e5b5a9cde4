/* SPDX-License-Identifier: ISC */
#include "refused.h"
#include "bounds.h"
#include "domain.h"
#include "flight.h"
#include "save.h"

void
sts_refused_mark(struct sts_dom *dom, bool refused)
{
	struct sts_held *held = dom->held;
	struct sts_held *fresh =
	    dom->flight != NULL ? dom->flight->fresh : NULL;

	if (held == NULL || held->refused == refused)
		return;
	if (refused && (held->policy->mode != STS_MODE_ENFORCE ||
			   !sts_dom_live(dom, sts_engine_wall(dom->engine))))
		return;
	held->refused = refused;
	sts_held_settle(held);
	if (fresh != NULL && fresh->policy->mode == STS_MODE_ENFORCE) {
		/* It is being put without the mark: once more, then. */
		fresh->refused = refused;
		sts_held_settle(fresh);
		dom->flight->changed = true;
	}
	sts_save(dom->engine, dom);
}

bool
sts_refused_still(const struct sts_dom *dom, const struct sts_held *next)
{
	return dom->held != NULL && dom->held->refused &&
	       next->policy->mode == STS_MODE_ENFORCE;
}

bool
sts_refused_check(const struct sts_dom *dom, bool strict)
{
	if (!strict && !dom->held->refused)
		return false;
	/* One that hangs at the policy host holds up one asker's time. */
	if (dom->flight != NULL)
		return !dom->flight->overdue;
	return sts_engine_mono(dom->engine) >= dom->recheck_at;
}

void
sts_engine_refused(struct sts_engine *engine, const char *domain)
{
	int64_t mono = sts_engine_mono(engine);
	struct sts_dom *dom;
	unsigned why = STS_WHY_TXT | STS_WHY_REFUSED;

	engine->stats.refused++;
	if (engine->closing || sts_dom_get(engine, domain, &dom) != STS_OK)
		return;
	sts_engine_enter(engine);
	sts_refused_mark(dom, true);
	if (mono >= dom->refused_next) {
		dom->refused_next = mono + STS_REFUSED_MS;
		(void)sts_flight_force(engine, dom, why);
	}
	sts_engine_leave(engine);
}

void
sts_engine_delivered(struct sts_engine *engine, const char *domain)
{
	struct sts_dom *dom = sts_dom_find(engine, domain);

	if (engine->closing || dom == NULL)
		return;
	sts_engine_enter(engine);
	sts_refused_mark(dom, false);
	sts_engine_leave(engine);
}

bool
sts_engine_is_refused(struct sts_engine *engine, const char *domain)
{
	const struct sts_dom *dom = sts_dom_find(engine, domain);

	return dom != NULL && dom->held != NULL && dom->held->refused &&
	       sts_dom_live(dom, sts_engine_wall(engine));
}
