/* SPDX-License-Identifier: ISC */
/* Ten thousand domains in one night. */
#include <stdio.h>

#include "world.h"

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define DOMAINS 2000 /* 20 times as slow there */
#endif
#endif
#ifndef DOMAINS
#define DOMAINS 10000
#endif

static struct world w;

static void
count_all(void)
{
	char domain[32];

	for (unsigned i = 0; i < DOMAINS; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		world_count(&w, domain, 1);
	}
}

/* All are sent by the end of the jitter, never more than eight at a time. */
static void
all_within_bounds(void **state)
{
	(void)state;
	world_init(&w);
	w.latency = 1000;
	count_all();
	world_until(&w, MIDNIGHT + 1740);
	while (w.f.wall < MIDNIGHT + 1800 + 14400 + 300)
		turn(&w.f, 500), turn(&w.f, 1000);
	assert_int_equal(w.accepted, DOMAINS);
	assert_int_equal(w.sends, DOMAINS);
	assert_in_range(w.most, 2, 8);
	assert_int_equal(world_told(&w, "report-sent "), DOMAINS);
	world_fini(&w);
}

/* All at once, as after a night that the host was down. */
static void
all_are_late(void **state)
{
	(void)state;
	world_init(&w);
	count_all();
	world_stop(&w);
	world_until(&w, MIDNIGHT + 20 * HOUR);
	world_start(&w);
	world_pass(&w, 600);
	assert_int_equal(w.sends, DOMAINS);
	world_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_within_bounds),
	    cmocka_unit_test(all_are_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
