/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "gate.h"
#include "map.h"

#define MANY 5000

struct thing {
	struct sts_map_node node;
	char name[24];
};

static struct thing thing[MANY];

/* Keys of all lengths, more of them than slots. */
static void
add_find_del(void **state)
{
	struct sts_map map;

	(void)state;
	assert_int_equal(sts_map_init(&map, 100, 42), STS_OK);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(thing[i].name, sizeof(thing[i].name), "%.*s%d",
		    i % 17, "abcdefghijklmnopq", i);
		assert_null(sts_map_find(&map, thing[i].name));
		sts_map_add(&map, &thing[i].node, thing[i].name);
	}
	assert_int_equal(map.n, MANY);
	for (int i = 0; i < MANY; i += 2)
		sts_map_del(&map, &thing[i].node);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(sts_map_find(&map, thing[i].name),
		    i % 2 == 0 ? NULL : &thing[i].node);
	sts_map_fini(&map);
}

/* A zone of many takes only its share, and giving up leaves no trace. */
static void
gate_is_fair(void **state)
{
	struct sts_gate gate;
	struct sts_gate_pass a[4];
	struct sts_gate_pass b;

	(void)state;
	memset(a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	assert_int_equal(sts_gate_init(&gate, 1), STS_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    sts_gate_wait(&gate, &a[i], "x.bad.example", 2), STS_OK);
	assert_int_equal(sts_gate_wait(&gate, &b, "example", 2), STS_OK);
	assert_ptr_equal(sts_gate_next(&gate, 3, 2), &a[0]);
	assert_ptr_equal(sts_gate_next(&gate, 3, 2), &b);
	assert_ptr_equal(sts_gate_next(&gate, 3, 2), &a[1]);
	assert_null(sts_gate_next(&gate, 3, 2));
	sts_gate_leave(&b, 2);
	assert_null(sts_gate_next(&gate, 3, 2));
	sts_gate_leave(&a[2], 2);
	sts_gate_leave(&a[2], 2);
	sts_gate_leave(&a[0], 2);
	assert_ptr_equal(sts_gate_next(&gate, 3, 2), &a[3]);
	sts_gate_leave(&a[1], 2);
	sts_gate_leave(&a[3], 2);
	assert_int_equal(gate.active + gate.waiting, 0);
	assert_int_equal(gate.zones.n, 0);
	sts_gate_fini(&gate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(add_find_del),
	    cmocka_unit_test(gate_is_fair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
