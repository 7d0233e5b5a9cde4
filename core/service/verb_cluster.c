/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "stats.h"

#define LEASES_MAX 100  /* told at once */
#define LEASES_MS  1000 /* and waited for */

json_t *
sts_shared_json(const struct sts_shared *shared)
{
	struct sts_shared_stats s = {.place = ""};

	shared->ops->stats(shared->ctx, &s);
	return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "state", shared->ops->state(shared->ctx), "place",
	    sts_json_remote(s.place), "commands", (json_int_t)s.commands,
	    "gets", (json_int_t)s.gets, "hits", (json_int_t)s.hits, "misses",
	    (json_int_t)s.misses, "failed", (json_int_t)s.failed, "refused",
	    (json_int_t)s.refused, "puts", (json_int_t)s.puts, "puts_older",
	    (json_int_t)s.puts_older, "dropped", (json_int_t)s.dropped,
	    "leases", (json_int_t)s.leases, "leases_held",
	    (json_int_t)s.leases_held, "announced", (json_int_t)s.announced,
	    "heard", (json_int_t)s.heard, "connects", (json_int_t)s.connects,
	    "losses", (json_int_t)s.losses, "waiting", (json_int_t)s.waiting,
	    "keys", (json_int_t)s.keys, "evicted", (json_int_t)s.evicted);
}

/* How often which level had the answer, and what came of the others' word. */
static json_t *
engine_json(const struct sts_engine *engine)
{
	struct sts_engine_stats s;

	sts_engine_stats(engine, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "hits",
	    (json_int_t)s.hits, "taken", (json_int_t)s.shared_taken, "fetched",
	    (json_int_t)s.fetched, "extended", (json_int_t)s.shared_extended,
	    "differs", (json_int_t)s.shared_differs, "lease_waited",
	    (json_int_t)s.lease_waited, "lease_overdue",
	    (json_int_t)s.lease_overdue);
}

static json_t *
cluster_json(const struct sts_service_deps *deps, json_t *leases)
{
	const struct sts_shared *shared = &deps->shared;
	struct sts_shared_stats s = {.place = ""};
	const char *state = shared->ops->state(shared->ctx);

	shared->ops->stats(shared->ctx, &s);
	return json_pack("{s:s, s:I, s:o, s:o, s:o}", "level",
	    strcmp(state, "ok") == 0 ? "shared" : "local", "round_trip_us",
	    (json_int_t)s.round_trip, "engine", engine_json(deps->engine),
	    "shared", sts_shared_json(shared), "leases", leases);
}

static void
on_lease(void *arg, struct sts_str key, struct sts_str holder, int64_t left)
{
	struct sts_task *task = arg;
	char domain[STS_DOMAIN_SIZE], name[STS_DOMAIN_SIZE];

	(void)snprintf(domain, sizeof(domain), "%.*s", (int)key.n, key.p);
	(void)snprintf(name, sizeof(name), "%.*s", (int)holder.n, holder.p);
	(void)json_array_append_new(task->page,
	    json_pack("{s:o, s:o, s:I}", "domain", sts_json_remote(domain),
		"holder", sts_json_remote(name), "left_ms", (json_int_t)left));
}

static void
on_leases(void *arg, enum sts_err err)
{
	struct sts_task *task = arg;
	json_t *leases;

	if (!sts_task_unpin(task))
		return;
	leases = task->page;
	task->page = NULL;
	if (err != STS_OK) {
		json_decref(leases); /* half of them are none */
		leases = json_null();
	}
	sts_task_json(task, cluster_json(&task->conn->service->deps, leases));
}

void
sts_verb_cluster(struct sts_task *task, const struct sts_question *question)
{
	const struct sts_service_deps *deps = &task->conn->service->deps;
	const struct sts_shared *shared = &deps->shared;

	(void)question;
	if (shared->ops == NULL) {
		sts_task_json(task, json_pack("{s:s}", "level", "alone"));
		return;
	}
	task->page = json_array();
	if (task->page == NULL) {
		sts_task_temp(task, "no-memory", "");
		return;
	}
	task->pinned = true;
	shared->ops->leases(shared->ctx, LEASES_MAX,
	    deps->clock.ops->mono(deps->clock.ctx) + LEASES_MS, on_lease,
	    on_leases, task);
}
