/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "entry.h"
#include "op.h"
#include "view.h"

#define LIST_MAX 1000 /* whatever is asked for */

struct row {
	char domain[STS_DOMAIN_SIZE];
	struct sts_held *held;
};

struct list {
	struct sts_engine *engine;
	sts_view_cb *each;
	sts_done_cb *done;
	void *arg;
	size_t limit, n, size;
	struct row *row; /* of size; n are set */
};

/* Takes the reference. */
static int
row_add(struct list *list, const char *domain, struct sts_held *held)
{
	struct row *row = &list->row[list->n++];

	(void)snprintf(row->domain, sizeof(row->domain), "%s", domain);
	row->held = held;
	return 0;
}

static int
on_item(void *arg, const struct sts_store_item *item)
{
	struct list *list = arg;
	struct sts_held *held = NULL;
	struct sts_dom *dom;
	char domain[STS_DOMAIN_SIZE];

	if (item->key.n > STS_DOMAIN_MAX || list->n == list->size)
		return 0;
	memcpy(domain, item->key.p, item->key.n);
	domain[item->key.n] = '\0';
	dom = sts_dom_find(list->engine, domain);
	if (dom != NULL && dom->unsaved)
		return 0; /* is there already */
	if (dom != NULL && dom->held != NULL)
		return row_add(list, domain, sts_held_ref(dom->held));
	if (sts_entry_decode(domain, item->value, &held) != STS_OK)
		return 0;
	sts_held_aged(
	    held, sts_engine_wall(list->engine), sts_engine_mono(list->engine));
	return row_add(list, domain, held);
}

static int
by_domain(const void *a, const void *b)
{
	const struct row *left = a;
	const struct row *right = b;

	return strcmp(left->domain, right->domain);
}

static void
tell(struct list *list)
{
	qsort(list->row, list->n, sizeof(*list->row), by_domain);
	for (size_t i = 0; i < list->n && i < list->limit; i++) {
		const struct row *row = &list->row[i];
		struct sts_domain_view view;

		sts_view_fill(&view, list->engine, row->domain, row->held,
		    sts_dom_find(list->engine, row->domain));
		list->each(list->arg, STS_OK, &view);
	}
}

static void
on_walked(void *arg, enum sts_err err)
{
	struct list *list = arg;

	if (err == STS_OK)
		tell(list);
	list->done(list->arg, err);
	for (size_t i = 0; i < list->n; i++)
		sts_held_unref(list->row[i].held);
	free(list->row);
	free(list);
}

/* Policies that the store does not have come first into the rows. */
static void
add_unsaved(struct list *list, const char *after)
{
	struct sts_dom *dom;

	TAILQ_FOREACH (dom, &list->engine->unsaved, link)
		if (strcmp(dom->name, after) > 0)
			row_add(list, dom->name, sts_held_ref(dom->held));
}

static struct list *
list_new(struct sts_engine *engine, size_t limit)
{
	struct list *list = calloc(1, sizeof(*list));

	if (list == NULL)
		return NULL;
	list->engine = engine;
	list->limit = limit < LIST_MAX ? limit : LIST_MAX;
	list->size = list->limit + engine->stats.policies_unsaved + 1;
	list->row = calloc(list->size, sizeof(*list->row));
	if (list->row != NULL)
		return list;
	free(list);
	return NULL;
}

void
sts_engine_list(struct sts_engine *engine, const char *after, size_t limit,
    sts_view_cb *each, sts_done_cb *done, void *arg)
{
	struct list *list = list_new(engine, limit);

	if (list == NULL) {
		done(arg, STS_ENOMEM);
		return;
	}
	list->each = each;
	list->done = done;
	list->arg = arg;
	sts_engine_enter(engine);
	add_unsaved(list, after);
	(void)sts_op_walk(engine, after, list->limit, on_item, on_walked, list);
	sts_engine_leave(engine);
}
