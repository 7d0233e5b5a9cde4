/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "domain.h"
#include "entry.h"
#include "hold.h"
#include "op.h"
#include "view.h"

struct show {
	struct sts_engine *engine;
	sts_view_cb *cb;
	void *arg;
	char domain[STS_DOMAIN_SIZE];
};

static struct sts_answer
answer_of(const struct sts_engine *engine, const struct sts_held *held,
    const struct sts_dom *dom)
{
	int64_t wall = sts_engine_wall(engine);
	int64_t mono = sts_engine_mono(engine);

	if (held != NULL && wall < sts_held_life(held, wall, mono).ends)
		return sts_answer_held(engine, held);
	if (dom != NULL && sts_hold_on(dom, mono))
		return sts_answer_now(engine, dom);
	if (held != NULL)
		return sts_answer_none("expired", "policy-expired", "");
	return sts_answer_temp("unknown", "not-known", "");
}

static int64_t
retry_next(const struct sts_engine *engine, const struct sts_dom *dom)
{
	int64_t mono = sts_engine_mono(engine);
	int64_t until = dom->retry_at;

	if (sts_hold_on(dom, mono) && dom->hold_until > until)
		until = dom->hold_until;
	if (until <= mono)
		return 0;
	return sts_engine_wall(engine) + (until - mono + 999) / 1000;
}

void
sts_view_fill(struct sts_domain_view *view, const struct sts_engine *engine,
    const char *domain, const struct sts_held *held, const struct sts_dom *dom)
{
	memset(view, 0, sizeof(*view));
	view->domain = domain;
	view->answer = answer_of(engine, held, dom);
	view->last_failure = view->last_detail = "";
	if (held != NULL) {
		view->txt_next = held->txt_next;
		view->refresh_next = held->refresh;
		view->last_used = held->used;
	}
	if (dom == NULL)
		return;
	if (dom->last_used > view->last_used)
		view->last_used = dom->last_used;
	view->retry_next = retry_next(engine, dom);
	view->busy = dom->flight != NULL;
	if (dom->last_failure == NULL)
		return;
	view->last_failure = dom->last_failure;
	view->last_detail = sts_dom_detail(dom);
}

static bool
is_in_memory(const struct sts_dom *dom)
{
	return dom != NULL && (dom->held != NULL || dom->hold != STS_HOLD_NOT ||
				  dom->flight != NULL);
}

static void
show_memory(const struct show *show, const struct sts_dom *dom)
{
	struct sts_held *held = sts_held_ref(dom->held);
	struct sts_domain_view view;

	sts_view_fill(&view, show->engine, dom->name, held, dom);
	show->cb(show->arg, STS_OK, &view);
	sts_held_unref(held);
}

static void
show_stored(const struct show *show, const struct sts_store_item *item)
{
	struct sts_domain_view view;
	struct sts_held *held;

	if (sts_entry_decode(show->domain, item->value, &held) != STS_OK) {
		show->cb(show->arg, STS_ETEMP, NULL);
		return;
	}
	sts_held_aged(
	    held, sts_engine_wall(show->engine), sts_engine_mono(show->engine));
	sts_view_fill(&view, show->engine, show->domain, held, NULL);
	show->cb(show->arg, STS_OK, &view);
	sts_held_unref(held);
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct show *show = arg;
	const struct sts_dom *dom = sts_dom_find(show->engine, show->domain);

	if (status == STS_STORE_FOUND && !item->foreign)
		show_stored(show, item);
	else if (is_in_memory(dom))
		show_memory(show, dom);
	else
		show->cb(show->arg,
		    status == STS_STORE_FAILED ? STS_ETEMP : STS_ENOENT, NULL);
	free(show);
}

void
sts_engine_show(
    struct sts_engine *engine, const char *domain, sts_view_cb *cb, void *arg)
{
	const struct sts_dom *dom = sts_dom_find(engine, domain);
	struct show *show = malloc(sizeof(*show));

	if (show == NULL) {
		cb(arg, STS_ENOMEM, NULL);
		return;
	}
	show->engine = engine;
	show->cb = cb;
	show->arg = arg;
	(void)snprintf(show->domain, sizeof(show->domain), "%s", domain);
	sts_engine_enter(engine);
	if (is_in_memory(dom) && (dom->loaded || dom->held != NULL)) {
		show_memory(show, dom);
		free(show);
	} else {
		(void)sts_op_get(engine, show->domain, on_got, show);
	}
	sts_engine_leave(engine);
}
