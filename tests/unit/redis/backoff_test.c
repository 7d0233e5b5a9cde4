/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "rig.h"

/* Each attempt asks for the address first: that shows when they are. */
static void
test_pauses(void **state)
{
	struct rig rig;
	struct sts_redis *redis;
	int64_t at[14], pause, want = 100;
	size_t n = 0;
	unsigned seen = 0;

	(void)state;
	rig_init(&rig);
	rig.no_name = true;
	redis = rig_open(&rig, "redis://redis.example", NULL);
	while (n < 14) {
		rig_turn(&rig, 1);
		if (rig.lookups == seen)
			continue;
		assert_int_equal(rig.lookups, ++seen);
		at[n++] = rig.mono;
	}
	for (n = 1; n < 14; n++) {
		pause = at[n] - at[n - 1];
		assert_in_range(pause, want / 2, want);
		want = want * 2 > 30000 ? 30000 : want * 2;
	}
	assert_string_equal(
	    state_of(redis), "local only: no address of redis.example: absent");
	rig_took(&rig, "redis-lost link=data redis=\"redis.example:6379\"",
	    "reason=\"no address of redis.example: absent\"");
	sts_redis_close(redis);
	rig_fini(&rig);
}

/* Two hosts that lose it together do not come back together. */
static void
test_jitter(void **state)
{
	struct rig rig[2];
	struct sts_redis *redis[2];
	unsigned i, apart = 0;

	(void)state;
	for (i = 0; i < 2; i++) {
		rig_init(&rig[i]);
		rig[i].random = i;
		rig[i].no_name = true;
		redis[i] = rig_open(&rig[i], "redis://redis.example", NULL);
	}
	for (i = 0; i < 60000; i++) {
		rig_turn(&rig[0], 1);
		rig_turn(&rig[1], 1);
		apart += rig[0].lookups != rig[1].lookups;
	}
	assert_true(apart > 1000);
	for (i = 0; i < 2; i++) {
		rig_took(&rig[i], "redis-lost", "");
		sts_redis_close(redis[i]);
		rig_fini(&rig[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pauses),
	    cmocka_unit_test(test_jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
