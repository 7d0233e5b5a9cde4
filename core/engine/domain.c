/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "domain.h"

struct sts_dom *
sts_dom_find(const struct sts_engine *engine, const char *name)
{
	return (struct sts_dom *)(void *)sts_map_find(&engine->doms, name);
}

static enum sts_err
make_room(struct sts_engine *engine)
{
	while (engine->doms.n >= engine->config.domains_max) {
		struct sts_dom *last = TAILQ_LAST(&engine->idle, sts_doms);

		if (last == NULL)
			return STS_ELIMIT;
		sts_dom_free(engine, last);
	}
	return STS_OK;
}

static struct sts_dom *
dom_new(struct sts_engine *engine, const char *name)
{
	size_t n = strlen(name) + 1;
	struct sts_dom *dom = calloc(1, sizeof(*dom) + n);

	if (dom == NULL)
		return NULL;
	dom->engine = engine;
	memcpy(dom->name, name, n);
	TAILQ_INIT(&dom->asks);
	sts_map_add(&engine->doms, &dom->node, dom->name);
	sts_dom_settle(engine, dom);
	return dom;
}

enum sts_err
sts_dom_get(struct sts_engine *engine, const char *name, struct sts_dom **out)
{
	struct sts_dom *dom = sts_dom_find(engine, name);
	enum sts_err err;

	if (dom == NULL) {
		err = make_room(engine);
		if (err != STS_OK)
			return err;
		dom = dom_new(engine, name);
	}
	if (dom == NULL)
		return STS_ENOMEM;
	*out = dom;
	return STS_OK;
}

void
sts_dom_touch(struct sts_engine *engine, struct sts_dom *dom)
{
	if (!dom->idle)
		return;
	TAILQ_REMOVE(&engine->idle, dom, link);
	TAILQ_INSERT_HEAD(&engine->idle, dom, link);
}

/* Where the link belongs: in unsaved, in idle, or nowhere. */
void
sts_dom_settle(struct sts_engine *engine, struct sts_dom *dom)
{
	bool idle = dom->flight == NULL && TAILQ_EMPTY(&dom->asks) &&
		    !dom->unsaved && dom->saves == 0;

	if (dom->idle == idle)
		return;
	/* What only others speak of pushes out nothing that was asked for. */
	if (idle && dom->last_used == 0)
		TAILQ_INSERT_TAIL(&engine->idle, dom, link);
	else if (idle)
		TAILQ_INSERT_HEAD(&engine->idle, dom, link);
	else
		TAILQ_REMOVE(&engine->idle, dom, link);
	dom->idle = idle;
}

bool
sts_dom_live(const struct sts_dom *dom, int64_t wall)
{
	int64_t mono = sts_engine_mono(dom->engine);

	return dom->held != NULL &&
	       wall < sts_held_life(dom->held, wall, mono).ends;
}

void
sts_dom_loaded(struct sts_dom *dom)
{
	dom->loaded = true;
	dom->loaded_at = sts_engine_wall(dom->engine);
}

void
sts_dom_doubt(struct sts_dom *dom)
{
	if (!dom->loaded || dom->held != NULL ||
	    sts_engine_wall(dom->engine) >= dom->loaded_at - STS_CLOCK_SLACK)
		return;
	dom->loaded = false;
	dom->blind_until = 0;
}

void
sts_dom_hold_policy(struct sts_dom *dom, struct sts_held *held)
{
	sts_held_unref(dom->held);
	dom->held = held;
}

void
sts_dom_failure(struct sts_dom *dom, const char *reason, const char *detail)
{
	dom->last_failure = reason;
	if (strcmp(sts_dom_detail(dom), detail) == 0)
		return;
	free(dom->last_detail);
	dom->last_detail = *detail != '\0' ? strdup(detail) : NULL;
}

const char *
sts_dom_detail(const struct sts_dom *dom)
{
	return dom->last_detail != NULL ? dom->last_detail : "";
}

void
sts_dom_unpin(struct sts_engine *engine, struct sts_dom *dom)
{
	if (!dom->unsaved)
		return;
	TAILQ_REMOVE(&engine->unsaved, dom, link);
	dom->unsaved = false;
	engine->stats.policies_unsaved--;
	sts_dom_settle(engine, dom);
}

void
sts_dom_forget(struct sts_engine *engine, struct sts_dom *dom)
{
	sts_dom_hold_policy(dom, NULL);
	sts_dom_unpin(engine, dom);
	dom->hold = STS_HOLD_NOT;
	dom->fail_id[0] = '\0';
	dom->fail_count = 0;
	dom->retry_at = dom->floor = 0;
	dom->refused_next = dom->recheck_at = 0;
	dom->last_used = 0;
	dom->last_failure = NULL;
	free(dom->last_detail);
	dom->last_detail = NULL;
	sts_dom_settle(engine, dom);
}

void
sts_dom_free(struct sts_engine *engine, struct sts_dom *dom)
{
	sts_dom_forget(engine, dom);
	if (dom->idle)
		TAILQ_REMOVE(&engine->idle, dom, link);
	sts_map_del(&engine->doms, &dom->node);
	free(dom);
}
