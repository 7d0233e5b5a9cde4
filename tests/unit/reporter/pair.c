/* SPDX-License-Identifier: ISC */
#include "pair.h"

#include <string.h>

struct cluster c;
struct world a, b;

int
pair_begin(void **state)
{
	(void)state;
	memset(&c, 0, sizeof(c));
	cluster_join(&c, &a, "mx1.us.example");
	cluster_join(&c, &b, "mx2.us.example");
	world_count(&a, "a.example", 3);
	world_count(&b, "a.example", 4);
	return 0;
}

int
pair_end(void **state)
{
	(void)state;
	cluster_fini(&c);
	return 0;
}

unsigned
pair_sends(void)
{
	return a.sends + b.sends;
}

const struct sent *
pair_first(void)
{
	if (a.sends > 0 && (b.sends == 0 || a.sent[0].wall <= b.sent[0].wall))
		return &a.sent[0];
	return &b.sent[0];
}

void
pair_assert_sent(void)
{
	assert_int_equal(world_state(&a, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_state(&b, "a.example"), STS_REPORT_SENT);
	assert_int_equal(world_left(&a, "a.example"), 0);
	assert_int_equal(world_left(&b, "a.example"), 0);
}
