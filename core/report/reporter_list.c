/* SPDX-License-Identifier: ISC */
/* Rows of the days that are over, then what today has counted so far. */
#include <stdlib.h>
#include <string.h>

#include "reporter_impl.h"

struct sts_rep_list {
	TAILQ_ENTRY(sts_rep_list) link;
	struct sts_reporter *reporter; /* NULL: nobody waits any more */
	int64_t today;
	size_t left;
	char after[STS_DOMAIN_SIZE]; /* of today */
	sts_report_view_cb *each;
	sts_store_done_cb *done;
	void *arg;
	struct sts_rep_state state;
};

static void
finish(void *arg, enum sts_err err)
{
	struct sts_rep_list *list = arg;

	if (list->reporter != NULL) {
		TAILQ_REMOVE(&list->reporter->lists, list, link);
		list->done(list->arg, err);
	}
	free(list);
}

static void
show(struct sts_rep_list *list, int64_t day, const char *domain)
{
	struct sts_report_view view = {.domain = domain,
	    .day = day,
	    .state = list->state.state,
	    .next = list->state.next,
	    .tries = list->state.tries,
	    .last = list->state.last};

	memcpy(view.id, list->state.id, sizeof(view.id));
	list->left--;
	list->each(list->arg, &view);
}

static void
show_open(void *arg, const char *domain)
{
	struct sts_rep_list *list = arg;

	if (list->reporter == NULL || list->left == 0)
		return;
	memset(&list->state, 0, sizeof(list->state));
	list->state.state = STS_REPORT_OPEN;
	show(list, list->today, domain);
}

static int
show_row(void *arg, const struct sts_store_item *item)
{
	struct sts_rep_list *list = arg;
	char domain[STS_DOMAIN_SIZE];
	int64_t day;

	if (list->reporter == NULL || list->left == 0 ||
	    !sts_rep_key_parse(item->key, &day, domain))
		return 1;
	if (sts_rep_state_decode(item->value, &list->state))
		show(list, day, domain);
	return 0;
}

static void
list_open(struct sts_rep_list *list)
{
	sts_counters_list(list->reporter->deps.counters, list->today,
	    list->after, list->left, show_open, finish, list);
}

static void
on_rows(void *arg, enum sts_err err)
{
	struct sts_rep_list *list = arg;

	if (list->reporter == NULL || err != STS_OK || list->left == 0)
		finish(list, err);
	else
		list_open(list);
}

static void
list_rows(struct sts_rep_list *list, int64_t day, const char *after)
{
	struct sts_store *store = &list->reporter->deps.store;
	char key[STS_REP_KEY];

	sts_rep_key(day, after, key);
	store->ops->walk(store->ctx, STS_BUCKET_REPORT, sts_str(key),
	    list->left, sts_rep_in(list->reporter, STS_REP_STORE_MS), show_row,
	    on_rows, list);
}

void
sts_reporter_list(struct sts_reporter *reporter, int64_t day, const char *after,
    size_t limit, sts_report_view_cb *each, sts_store_done_cb *done, void *arg)
{
	struct sts_rep_list *list = calloc(1, sizeof(*list));

	if (list == NULL) {
		done(arg, STS_ENOMEM);
		return;
	}
	list->reporter = reporter;
	list->today = sts_day_of(sts_rep_wall(reporter));
	list->left = limit;
	list->each = each;
	list->done = done;
	list->arg = arg;
	TAILQ_INSERT_TAIL(&reporter->lists, list, link);
	if (day >= list->today && strlen(after) < sizeof(list->after))
		memcpy(list->after, after, strlen(after) + 1);
	if (limit == 0 || day > list->today)
		finish(list, STS_OK);
	else if (day == list->today)
		list_open(list);
	else
		list_rows(list, day, after);
}

void
sts_rep_lists_drop(struct sts_reporter *reporter)
{
	struct sts_rep_list *list;

	while ((list = TAILQ_FIRST(&reporter->lists)) != NULL) {
		TAILQ_REMOVE(&reporter->lists, list, link);
		list->reporter = NULL;
		list->done(list->arg, STS_ETEMP);
	}
}
