/* SPDX-License-Identifier: ISC */
#include <inttypes.h>

#include "bounds.h"
#include "domain.h"
#include "flight.h"
#include "op.h"
#include "save.h"

void
sts_saved(struct sts_engine *engine, struct sts_dom *dom, enum sts_err err)
{
	bool unsaved = err != STS_OK;

	if (engine->closing || dom->held == NULL || dom->unsaved == unsaved)
		return;
	if (unsaved) {
		sts_log(engine->deps.log, STS_LOG_ERROR, "store-failed",
		    "domain=%s at=put error=%s", dom->name, sts_err_name(err));
		dom->unsaved = true;
		sts_dom_settle(engine, dom);
		TAILQ_INSERT_TAIL(&engine->unsaved, dom, link);
		engine->stats.policies_unsaved++;
		return;
	}
	sts_log(engine->deps.log, STS_LOG_INFO, "store-saved", "domain=%s",
	    dom->name);
	sts_dom_unpin(engine, dom);
}

static void
on_saved(void *arg, enum sts_err err)
{
	struct sts_dom *dom = arg;

	/* Of several the last one counts. */
	if (--dom->saves == 0)
		sts_saved(dom->engine, dom, err);
	sts_dom_settle(dom->engine, dom);
}

void
sts_save(struct sts_engine *engine, struct sts_dom *dom)
{
	/* A newer one is being put: this one must not land on top of it. */
	if (dom->flight != NULL && dom->flight->fresh != NULL)
		return;
	dom->saves++;
	dom->held->used = dom->last_used;
	sts_dom_settle(engine, dom);
	(void)sts_op_put(engine, dom->name, dom->held, false, on_saved, dom);
}

void
sts_policy_lost(struct sts_engine *engine, struct sts_dom *dom)
{
	struct sts_held *held = dom->held;

	if (held->lost)
		return;
	held->lost = true;
	engine->stats.expired++;
	if (held->policy->mode != STS_MODE_NONE)
		sts_log(engine->deps.log, STS_LOG_WARNING, "policy-lost",
		    "domain=%s id=%s mode=%s fetched=%" PRId64
		    " expired=%" PRId64,
		    dom->name, held->id, sts_mode_name(held->policy->mode),
		    held->fetched, held->expires);
	sts_save(engine, dom);
}

void
sts_save_again(struct sts_engine *engine)
{
	uint64_t n = engine->stats.policies_unsaved;
	int64_t wall = sts_engine_wall(engine);

	if (n > STS_RESAVE_STEP)
		n = STS_RESAVE_STEP;
	for (; n > 0; n--) {
		struct sts_dom *dom = TAILQ_FIRST(&engine->unsaved);

		if (dom == NULL)
			return;
		TAILQ_REMOVE(&engine->unsaved, dom, link);
		TAILQ_INSERT_TAIL(&engine->unsaved, dom, link);
		if (!sts_dom_live(dom, wall))
			sts_dom_unpin(engine, dom);
		else if (dom->saves == 0)
			sts_save(engine, dom);
	}
}
