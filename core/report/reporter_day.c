/* SPDX-License-Identifier: ISC */
/*
 * A day that is over is closed: each domain that was counted gets a row that
 * says when its report is due. Domains that have one are left alone, so it may
 * be done again at any time.
 */
#include <stdlib.h>
#include <string.h>

#include "reporter_job.h"
#include "reporter_push.h"

#define STEP 100 /* domains */
#define DAYS 6   /* so long ago the counters keep */

struct one {
	struct sts_rep_pass *pass;
	char domain[STS_DOMAIN_SIZE];
};

struct sts_rep_pass {
	struct sts_reporter *reporter; /* NULL: nobody wants to know */
	int64_t day, today;
	size_t n, owed; /* owed: answers */
	bool failed;
	struct one one[STEP];
};

static void step(struct sts_rep_pass *pass);

static void
finish(struct sts_rep_pass *pass)
{
	struct sts_reporter *reporter = pass->reporter;

	reporter->pass = NULL;
	if (!pass->failed)
		reporter->passed_day = pass->today;
	free(pass);
}

/* One answer less; the last one goes on. */
static void
answered(struct sts_rep_pass *pass)
{
	if (--pass->owed > 0)
		return;
	if (pass->reporter == NULL) {
		free(pass);
		return;
	}
	if (pass->n < STEP) {
		pass->day++;
		pass->one[0].domain[0] = '\0';
	} else {
		pass->one[0] = pass->one[STEP - 1];
	}
	step(pass);
}

static void
on_put(void *arg, enum sts_err err)
{
	struct sts_rep_pass *pass = arg;

	if (err != STS_OK)
		pass->failed = true;
	answered(pass);
}

/* After midnight, and a while that nobody can guess (RPT-6). */
static int64_t
due_at(const struct sts_reporter *reporter, int64_t day)
{
	const struct sts_reporter_deps *deps = &reporter->deps;
	int64_t jitter = reporter->config.jitter;
	int64_t at = (day + 1) * STS_DAY_SECONDS + reporter->config.delay;

	if (jitter > 0)
		at += deps->random(deps->random_ctx) % (jitter + 1);
	return at;
}

static void
make(struct sts_rep_pass *pass, const char *key)
{
	struct sts_reporter *reporter = pass->reporter;
	struct sts_store *store = &reporter->deps.store;
	struct sts_rep_state *state = calloc(1, sizeof(*state));
	struct sts_store_item item = {
	    .key = sts_str(key), .expiry = sts_rep_expiry(pass->day)};
	char *text = NULL;

	if (state != NULL) {
		state->state = STS_REPORT_DUE;
		state->next = due_at(reporter, pass->day);
		sts_rep_wake(reporter, state->next);
		reporter->stats.pending++;
		text = sts_rep_state_encode(state, &item.value.n);
	}
	free(state);
	item.value.p = text;
	if (text != NULL)
		store->ops->put(store->ctx, STS_BUCKET_REPORT, &item,
		    sts_rep_in(reporter, STS_REP_STORE_MS), on_put, pass);
	else
		on_put(pass, STS_ENOMEM);
	free(text);
}

/* Its row says that all is done: somebody was killed before he forgot it. */
static void
forget(struct sts_rep_pass *pass, const struct one *one, struct sts_str row)
{
	enum sts_report_state state;
	int64_t next;

	if (!sts_rep_state_peek(row, &state, &next) || state == STS_REPORT_DUE)
		on_put(pass, STS_OK);
	else
		sts_counters_forget(pass->reporter->deps.counters, pass->day,
		    one->domain, on_put, pass);
}

static void
on_got(
    void *arg, enum sts_store_status status, const struct sts_store_item *item)
{
	struct one *one = arg;
	struct sts_rep_pass *pass = one->pass;
	char key[STS_REP_KEY];

	if (pass->reporter == NULL || status == STS_STORE_FAILED ||
	    sts_rep_job_find(pass->reporter, pass->day, one->domain) != NULL) {
		on_put(pass, status == STS_STORE_FAILED ? STS_ETEMP : STS_OK);
	} else if (status == STS_STORE_FOUND) {
		forget(pass, one, item->value);
	} else {
		sts_rep_key(pass->day, one->domain, key);
		sts_rep_push_one(pass->reporter, pass->day, one->domain);
		make(pass, key);
	}
}

static void
look(struct sts_rep_pass *pass, struct one *one)
{
	struct sts_reporter *reporter = pass->reporter;
	struct sts_store *store = &reporter->deps.store;
	char key[STS_REP_KEY];

	sts_rep_key(pass->day, one->domain, key);
	one->pass = pass;
	store->ops->get(store->ctx, STS_BUCKET_REPORT, sts_str(key),
	    sts_rep_in(reporter, STS_REP_STORE_MS), on_got, one);
}

static void
each(void *arg, const char *domain)
{
	struct sts_rep_pass *pass = arg;

	memcpy(pass->one[pass->n++].domain, domain, strlen(domain) + 1);
}

static void
listed(void *arg, enum sts_err err)
{
	struct sts_rep_pass *pass = arg;

	if (err != STS_OK)
		pass->failed = true;
	for (size_t i = 0; i < pass->n && pass->reporter != NULL; i++) {
		pass->owed++;
		look(pass, &pass->one[i]);
	}
	answered(pass);
}

static void
step(struct sts_rep_pass *pass)
{
	char after[STS_DOMAIN_SIZE];

	if (pass->day >= pass->today) {
		finish(pass);
		return;
	}
	memcpy(after, pass->one[0].domain, sizeof(after));
	pass->n = 0;
	pass->owed = 1;
	sts_counters_list(pass->reporter->deps.counters, pass->day, after, STEP,
	    each, listed, pass);
}

void
sts_rep_pass_begin(struct sts_reporter *reporter)
{
	struct sts_rep_pass *pass = calloc(1, sizeof(*pass));

	if (pass == NULL)
		return;
	pass->reporter = reporter;
	pass->today = sts_day_of(sts_rep_wall(reporter));
	pass->day = pass->today > DAYS ? pass->today - DAYS : 0;
	reporter->pass = pass;
	step(pass);
}

void
sts_rep_pass_drop(struct sts_reporter *reporter)
{
	if (reporter->pass != NULL)
		reporter->pass->reporter = NULL;
	reporter->pass = NULL;
}
