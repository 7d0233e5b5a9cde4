/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "domain.h"
#include "flight.h"
#include "op.h"

struct purge {
	struct sts_engine *engine;
	sts_done_cb *done;
	void *arg;
	char domain[STS_DOMAIN_SIZE];
};

static void
end(struct purge *purge, enum sts_err err)
{
	purge->done(purge->arg, err);
	free(purge);
}

static void
on_deleted(void *arg, enum sts_err err)
{
	end(arg, err);
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct purge *purge = arg;

	(void)item;
	if (status == STS_STORE_MISS)
		end(purge, STS_ENOENT);
	else if (purge->engine->closing)
		end(purge, STS_ETEMP);
	else
		(void)sts_op_del(
		    purge->engine, purge->domain, on_deleted, purge);
}

/* Who waits gets an answer from a look-up that starts now. */
static void
look_again(struct sts_engine *engine, struct sts_dom *dom, unsigned why)
{
	struct sts_answer answer = sts_answer_temp("unknown", "no-memory", "");

	if (sts_flight_start(engine, dom, why) != STS_OK)
		sts_answer_all(engine, dom, &answer, NULL, true);
}

/* Nothing of before may come back by a step that is still under way. */
static bool
forget(struct sts_engine *engine, struct sts_dom *dom)
{
	unsigned why = 0;
	bool known = dom->held != NULL || dom->hold != STS_HOLD_NOT ||
		     dom->flight != NULL;

	if (dom->flight != NULL) {
		/* TXT: no peer's copy, which is still to be deleted. */
		why = (dom->flight->why & STS_WHY_FETCH) | STS_WHY_TXT;
		sts_flight_abort(dom->flight);
	}
	sts_dom_forget(engine, dom);
	dom->load_told = false;
	if (known)
		sts_dom_loaded(dom);
	if (!TAILQ_EMPTY(&dom->asks))
		look_again(engine, dom, why);
	else if (dom->saves == 0)
		sts_dom_free(engine, dom);
	return known;
}

void
sts_engine_purge(
    struct sts_engine *engine, const char *domain, sts_done_cb *done, void *arg)
{
	struct sts_dom *dom = sts_dom_find(engine, domain);
	struct purge *purge = malloc(sizeof(*purge));
	bool known;

	if (purge == NULL) {
		done(arg, STS_ENOMEM);
		return;
	}
	purge->engine = engine;
	purge->done = done;
	purge->arg = arg;
	(void)snprintf(purge->domain, sizeof(purge->domain), "%s", domain);
	sts_engine_enter(engine);
	known = dom != NULL && forget(engine, dom);
	if (known)
		(void)sts_op_del(engine, purge->domain, on_deleted, purge);
	else
		(void)sts_op_get(engine, purge->domain, on_got, purge);
	sts_engine_leave(engine);
}
