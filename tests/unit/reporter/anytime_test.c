/* SPDX-License-Identifier: ISC */
/* Everything takes a second, and the end comes at any of them. */
#include <string.h>

#include "world.h"

#define SECONDS 150

static struct world w;

/* Until the second, when a report to two is due at 1800 s; then the end. */
static void
run_until(int second, void (*end)(struct world *world))
{
	world_init(&w);
	w.config.jitter = 0;
	sts_reporter_configure(w.reporter, &w.config);
	w.record = "v=TLSRPTv1; rua=mailto:1@%1$s,mailto:2@%1$s";
	world_count(&w, "a.example", 3);
	world_until(&w, MIDNIGHT + 1740);
	w.slow = w.latency = 1000;
	for (int i = 0; i < second; i++)
		turn(&w.f, 1000);
	end(&w);
	w.slow = 0;
	if (w.reporter == NULL)
		world_start(&w);
	world_pass(&w, 2 * HOUR);
}

/* Each gets it, at most one of them twice, and then with the same id. */
static void
rpt_7_killed(void **state)
{
	unsigned twice = 0;

	(void)state;
	for (int second = 0; second < SECONDS; second++) {
		run_until(second, world_kill);
		assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
		assert_int_equal(world_left(&w, "a.example"), 0);
		assert_in_range(w.sends, 2, 3);
		for (unsigned i = 0; i < w.sends; i++)
			assert_string_equal(w.sent[i].id, w.sent[0].id);
		twice += w.sends == 3;
		world_fini(&w);
	}
	assert_in_range(twice, 1, 8);
}

static unsigned told;

static void
done(void *arg, enum sts_err err)
{
	(void)arg;
	assert_true(err == STS_OK || err == STS_ETEMP);
	told++;
}

static void
each(void *arg, const struct sts_report_view *view)
{
	(void)arg;
	(void)view;
}

/* Who asked for it by hand, and who looks, is answered once. */
static void
ask(struct world *world)
{
	told = 0;
	sts_reporter_send(world->reporter, DAY, "a.example", done, NULL);
	sts_reporter_list(world->reporter, DAY, "", 10, each, done, NULL);
	turn(&world->f, 1000);
	world_kill(world);
}

static void
asked_and_killed(void **state)
{
	(void)state;
	for (int second = 0; second < SECONDS; second++) {
		run_until(second, ask);
		assert_int_equal(told, 2);
		assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
		world_fini(&w);
	}
}

static void
go_on(struct world *world)
{
	for (int i = 0; i < 200; i++)
		turn(&world->f, 1000);
}

static void
slow_is_fine(void **state)
{
	(void)state;
	run_until(0, go_on);
	assert_int_equal(w.sends, 2);
	assert_int_equal(world_state(&w, "a.example"), STS_REPORT_SENT);
	world_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rpt_7_killed),
	    cmocka_unit_test(asked_and_killed),
	    cmocka_unit_test(slow_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
