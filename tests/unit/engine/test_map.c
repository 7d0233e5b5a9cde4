/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "gate.h"
#include "sts/map.h"

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
	static const char *const names[] = {
	    "w.bad.example", "x.bad.example", "y.bad.example", "z.bad.example"};
	struct sts_gate gate;
	struct sts_gate_pass a[4];
	struct sts_gate_pass b;

	(void)state;
	memset(a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	assert_int_equal(sts_gate_init(&gate, 1), STS_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    sts_gate_wait(&gate, &a[i], names[i], 2), STS_OK);
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
	assert_int_equal(gate.groups.n, 0);
	sts_gate_fini(&gate);
}

/* Half of co.uk is evil's, who asked first; then each in turn. */
static void
gate_shares_a_group(void **state)
{
	static const char *const names[] = {"a.evil.co.uk", "b.evil.co.uk",
	    "evil.co.uk", "a.bank.co.uk", "shop.co.uk", "co.uk"};
	static const int order[] = {0, 3, 4};
	struct sts_gate gate;
	struct sts_gate_pass pass[6];
	size_t i;

	(void)state;
	memset(pass, 0, sizeof(pass));
	assert_int_equal(sts_gate_init(&gate, 1), STS_OK);
	for (i = 0; i < 6; i++)
		assert_int_equal(
		    sts_gate_wait(&gate, &pass[i], names[i], 3), STS_OK);
	for (i = 0; i < 3; i++)
		assert_ptr_equal(sts_gate_next(&gate, 9, 3), &pass[order[i]]);
	assert_null(sts_gate_next(&gate, 9, 3));
	sts_gate_leave(&pass[3], 3);
	assert_ptr_equal(sts_gate_next(&gate, 9, 3), &pass[5]);
	sts_gate_leave(&pass[4], 3);
	assert_ptr_equal(sts_gate_next(&gate, 9, 3), &pass[1]);
	sts_gate_leave(&pass[5], 3);
	/* There is room, but not for a third one of evil. */
	assert_null(sts_gate_next(&gate, 9, 3));
	sts_gate_leave(&pass[0], 3);
	assert_ptr_equal(sts_gate_next(&gate, 9, 3), &pass[2]);
	sts_gate_leave(&pass[1], 3);
	sts_gate_leave(&pass[2], 3);
	assert_int_equal(gate.active + gate.waiting, 0);
	assert_int_equal(gate.zones.n + gate.groups.n, 0);
	sts_gate_fini(&gate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(add_find_del),
	    cmocka_unit_test(gate_is_fair),
	    cmocka_unit_test(gate_shares_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
