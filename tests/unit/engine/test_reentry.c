/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "world.h"

/* An asker whose callback does something to the engine. */
struct caller {
	struct sts_engine *engine;
	const char *domain;
	void (*act)(struct caller *caller);
	struct sts_ask *victim; /* for act_cancel */
	struct caller *other;   /* for act_ask */
	unsigned n, done;
	enum sts_answer_kind kind;
};

static void
on_answer(void *arg, const struct sts_answer *answer)
{
	struct caller *caller = arg;
	char id[STS_ID_SIZE] = "";
	size_t n_mx = 0;

	caller->n++;
	caller->kind = answer->kind;
	if (caller->act != NULL)
		caller->act(caller);
	if (answer->kind != STS_ANSWER_POLICY)
		return;
	/* It lives until here, whatever was done meanwhile. */
	(void)snprintf(id, sizeof(id), "%s", answer->id);
	n_mx = answer->policy->n_mx;
	assert_string_equal(id, "a1");
	assert_int_equal(n_mx, 1);
	assert_string_equal(answer->policy->mx[0], "mx.example");
}

static void
on_done(void *arg, enum sts_err err)
{
	assert_int_equal(err, STS_OK);
	((struct caller *)arg)->done++;
}

static struct sts_ask *
ask(struct caller *caller)
{
	return sts_engine_ask(
	    caller->engine, caller->domain, on_answer, caller);
}

static void
act_ask(struct caller *caller)
{
	(void)ask(caller->other);
}

static void
act_cancel(struct caller *caller)
{
	if (caller->victim != NULL)
		sts_engine_cancel(caller->engine, caller->victim);
	caller->victim = NULL;
}

static void
act_purge(struct caller *caller)
{
	sts_engine_purge(caller->engine, caller->domain, on_done, caller);
}

static void
act_refuse(struct caller *caller)
{
	sts_engine_refused(caller->engine, caller->domain);
	sts_engine_refused(caller->engine, "b.example");
}

static struct sts_engine *
make(struct world *world, size_t domains)
{
	struct sts_engine_config config;
	struct sts_deps deps = world_deps(world);

	sts_engine_defaults(&config);
	config.domains_max = domains;
	return sts_engine_new(&deps, &config);
}

/* Each act, from a callback that comes inside the ask and from one that comes
 * later, from a look-up and from a hit. */
static void
acts(void **state)
{
	static void (*const act[])(struct caller *) = {
	    act_ask, act_purge, act_refuse};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct world world = {.late = i % 2 == 1};
		struct sts_engine *engine = make(&world, 1);
		struct caller other = {.engine = engine, .domain = "b.example"};
		struct caller caller = {.engine = engine,
		    .domain = "a.example",
		    .act = act[i / 2],
		    .other = &other};

		world.store_late = world.late;
		(void)ask(&caller);
		world_answer(&world);
		assert_int_equal(caller.n, 1);
		(void)ask(&caller);
		world_answer(&world);
		assert_int_equal(caller.n, 2);
		caller.act = i / 2 == 1 ? NULL : caller.act;
		(void)ask(&caller);
		world_answer(&world);
		caller.act = act[i / 2];
		world.mono += 301000; /* the check is due */
		(void)ask(&caller);
		world_answer(&world);
		assert_int_equal(caller.n, 4);
		assert_int_equal(caller.kind, STS_ANSWER_POLICY);
		sts_engine_free(engine);
		assert_int_equal(world.timers, 0);
	}
}

/* The first one called back cancels one that is to be called next. */
static void
cancel_the_next(void **state)
{
	struct world world = {.late = true};
	struct sts_engine *engine = make(&world, 10);
	struct caller caller[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		caller[i] =
		    (struct caller){.engine = engine, .domain = "a.example"};
	caller[0].act = act_cancel;
	assert_non_null(ask(&caller[0]));
	caller[0].victim = ask(&caller[1]);
	assert_non_null(ask(&caller[2]));
	world_answer(&world);
	assert_int_equal(caller[0].n, 1);
	assert_int_equal(caller[1].n, 0);
	assert_int_equal(caller[2].n, 1);
	sts_engine_free(engine);
	assert_int_equal(world.timers, 0);
}

static void
act_count(struct caller *caller)
{
	if (caller->n < 1000) {
		struct sts_ask *handle = ask(caller);

		assert_true(handle == NULL || caller->n < 1000);
	}
}

/* A callback that asks for the same again: no look-up is lost or doubled. */
static void
ask_again_and_again(void **state)
{
	struct world world = {.late = true, .empty = true};
	struct sts_engine *engine = make(&world, 10);
	struct caller caller = {
	    .engine = engine, .domain = "a.example", .act = act_count};

	(void)state;
	(void)ask(&caller);
	world_answer(&world);
	assert_int_equal(caller.n, 1000);
	assert_int_equal(caller.kind, STS_ANSWER_NONE);
	assert_int_equal(world.txt, 1);
	sts_engine_free(engine);
}

/* The end of the engine: answered temporary, and asking again is, too; what
 * the store owes comes after and hurts nobody. */
static void
free_with_open_asks(void **state)
{
	struct world world = {.late = false, .store_late = true};
	struct sts_engine *engine = make(&world, 10);
	struct caller other = {.engine = engine, .domain = "b.example"};
	struct caller caller = {.engine = engine,
	    .domain = "a.example",
	    .act = act_ask,
	    .other = &other};

	(void)state;
	assert_non_null(ask(&caller));
	sts_engine_free(engine);
	assert_int_equal(caller.n, 1);
	assert_int_equal(caller.kind, STS_ANSWER_TEMP);
	assert_int_equal(other.n, 1);
	assert_int_equal(other.kind, STS_ANSWER_TEMP);
	assert_int_equal(world.timers, 0);
	world_answer(&world);
	assert_int_equal(caller.n, 1);
	assert_int_equal(world.txt, 0);
}

/* The same while the policy is being committed. */
static void
free_while_putting(void **state)
{
	struct world world = {.late = false};
	struct sts_engine *engine = make(&world, 10);
	struct caller caller = {.engine = engine, .domain = "a.example"};

	(void)state;
	world.store_late = true;
	assert_non_null(ask(&caller));
	world.get_cb(world.get_arg, STS_STORE_MISS, NULL);
	world.get_cb = NULL;
	assert_non_null(world.put_cb);
	assert_int_equal(caller.n, 0);
	sts_engine_free(engine);
	assert_int_equal(caller.kind, STS_ANSWER_TEMP);
	world_answer(&world);
	assert_int_equal(caller.n, 1);
}

static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	assert_int_equal(err, STS_ETEMP);
	assert_null(view);
	++*(unsigned *)arg;
}

/* An administrator's question that the store still owes. */
static void
free_while_showing(void **state)
{
	struct world world = {.store_late = true};
	struct sts_engine *engine = make(&world, 10);
	unsigned shown = 0;

	(void)state;
	sts_engine_show(engine, "a.example", on_view, &shown);
	assert_int_equal(shown, 0);
	sts_engine_free(engine);
	assert_int_equal(shown, 1);
	world_answer(&world);
	assert_int_equal(shown, 1);
}

/* A reload changes the resolver: what is under way stays with the old one. */
static void
another_resolver(void **state)
{
	struct world old = {.late = true};
	struct world new = {.late = true};
	struct sts_engine *engine = make(&old, 10);
	struct caller one = {.engine = engine, .domain = "a.example"};
	struct caller two = {.engine = engine, .domain = "b.example"};

	(void)state;
	assert_non_null(ask(&one));
	sts_engine_use_dns(engine, world_deps(&new).dns);
	assert_non_null(ask(&two));
	assert_int_equal(old.txt, 1);
	assert_int_equal(new.txt, 1);
	sts_engine_free(engine);
	assert_null(old.dns_cb);
	assert_null(new.dns_cb);
	assert_int_equal(one.kind, STS_ANSWER_TEMP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(acts),
	    cmocka_unit_test(cancel_the_next),
	    cmocka_unit_test(ask_again_and_again),
	    cmocka_unit_test(free_with_open_asks),
	    cmocka_unit_test(free_while_putting),
	    cmocka_unit_test(free_while_showing),
	    cmocka_unit_test(another_resolver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
