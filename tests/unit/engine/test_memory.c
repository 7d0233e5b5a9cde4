/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "world.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);

static long fail_at; /* this allocation fails, from 1; 0: none */
static bool fail_all_after;
static long made;

static bool
fails(void)
{
	made++;
	return fail_at != 0 &&
	       (fail_all_after ? made >= fail_at : made == fail_at);
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

struct told {
	unsigned n;
	enum sts_answer_kind kind;
};

static void
on_answer(void *arg, const struct sts_answer *answer)
{
	struct told *told = arg;

	told->n++;
	told->kind = answer->kind;
}

static void
on_done(void *arg, enum sts_err err)
{
	(void)err;
	++*(unsigned *)arg;
}

static void
on_view(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	assert_int_equal(err == STS_OK, view != NULL);
	++*(unsigned *)arg;
}

static void
on_each(void *arg, enum sts_err err, const struct sts_domain_view *view)
{
	(void)arg;
	(void)err;
	assert_non_null(view);
}

static struct sts_engine *
make(struct world *world)
{
	struct sts_engine_config config;
	struct sts_deps deps = world_deps(world);

	sts_engine_defaults(&config);
	return sts_engine_new(&deps, &config);
}

/* One ask with the allocation number at failing: never none, never silent. */
static bool
ask_failing(long at, bool all, bool late)
{
	struct world world = {.late = late, .store_late = late};
	struct told told = {0};
	struct told again = {0};
	struct sts_engine *engine = make(&world);

	assert_non_null(engine);
	made = 0;
	fail_at = at;
	fail_all_after = all;
	(void)sts_engine_ask(engine, "a.example", on_answer, &told);
	world_answer(&world);
	fail_at = 0;
	assert_int_equal(told.n, 1);
	assert_int_not_equal(told.kind, STS_ANSWER_NONE);
	world.mono += 10000;
	(void)sts_engine_ask(engine, "a.example", on_answer, &again);
	world_answer(&world);
	assert_int_equal(again.n, 1);
	assert_int_equal(again.kind, STS_ANSWER_POLICY);
	sts_engine_free(engine);
	assert_int_equal(world.timers, 0);
	return made < at;
}

static void
each_allocation(void **state)
{
	long at;

	(void)state;
	for (int late = 0; late < 2; late++)
		for (int all = 0; all < 2; all++) {
			for (at = 1; !ask_failing(at, all, late); at++)
				assert_true(at < 200);
			assert_true(at > 6);
		}
}

static void
making_the_engine(void **state)
{
	struct sts_engine *engine = NULL;
	struct world world = {.late = false};

	(void)state;
	for (long at = 1; engine == NULL; at++) {
		made = 0;
		fail_at = at;
		fail_all_after = false;
		engine = make(&world);
		fail_at = 0;
		assert_int_equal(world.timers, engine != NULL);
		assert_true(at < 20);
	}
	sts_engine_free(engine);
	world.no_timers = true;
	assert_null(make(&world));
}

static void
no_timer(void **state)
{
	struct world world = {.late = false};
	struct told told = {0};
	struct sts_engine *engine = make(&world);

	(void)state;
	world.no_timers = true;
	assert_null(sts_engine_ask(engine, "a.example", on_answer, &told));
	assert_int_equal(told.n, 1);
	assert_int_equal(told.kind, STS_ANSWER_TEMP);
	world.no_timers = false;
	sts_engine_free(engine);
}

/* Every callback of the administrator comes, whatever fails. */
static void
admin(void **state)
{
	(void)state;
	for (long at = 1; at < 30; at++) {
		struct world world = {.late = false};
		struct told told = {0};
		struct told again = {0};
		unsigned purged = 0;
		unsigned shown = 0;
		unsigned listed = 0;
		struct sts_engine *engine = make(&world);

		(void)sts_engine_ask(engine, "a.example", on_answer, &told);
		told.n = 0;
		made = 0;
		fail_at = at;
		fail_all_after = false;
		(void)sts_engine_refresh(engine, "a.example", on_answer, &told);
		sts_engine_refused(engine, "b.example");
		sts_engine_refused(engine, "a.example");
		(void)sts_engine_recheck(
		    engine, "a.example", 0, on_answer, &again);
		sts_engine_delivered(engine, "a.example");
		sts_engine_show(engine, "c.example", on_view, &shown);
		sts_engine_list(engine, "", 10, on_each, on_done, &listed);
		sts_engine_purge(engine, "a.example", on_done, &purged);
		sts_engine_purge(engine, "d.example", on_done, &purged);
		fail_at = 0;
		assert_int_equal(told.n, 1);
		assert_int_not_equal(told.kind, STS_ANSWER_NONE);
		assert_int_equal(again.n, 1);
		assert_int_not_equal(again.kind, STS_ANSWER_NONE);
		assert_int_equal(shown, 1);
		assert_int_equal(listed, 1);
		assert_int_equal(purged, 2);
		sts_engine_free(engine);
		assert_int_equal(world.timers, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_allocation),
	    cmocka_unit_test(making_the_engine),
	    cmocka_unit_test(no_timer),
	    cmocka_unit_test(admin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
