/* SPDX-License-Identifier: ISC */
/* The sum of two hosts' tallies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "tally_parts.h"

#define PARTS 5

static uint32_t seed;

static unsigned
chance(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

static struct sts_tally *
new_tally(void)
{
	struct sts_tally *made = sts_tally_new("a.example", DAY);

	assert_non_null(made);
	return made;
}

static struct sts_tally *
random_tally(unsigned results)
{
	static const char *const policies[] = {POLICY, "other\n", ""};
	struct sts_tally *made = new_tally();
	char mx[16] = "", reason[16];

	while (results-- > 0) {
		struct sts_tls_result r = failure(chance(STS_RESULT_TYPES), mx);

		(void)snprintf(mx, sizeof(mx), "mx%u", chance(6));
		(void)snprintf(reason, sizeof(reason), "a \\ \"%u", chance(3));
		r.policy = sts_str(policies[chance(3)]);
		r.policy_type = chance(STS_POLICY_TYPES);
		r.mx = sts_str(mx);
		r.reason = sts_str(reason);
		add(made, &r);
	}
	return made;
}

static void
merge(struct sts_tally *into, const struct sts_tally *from)
{
	assert_int_equal(sts_tally_merge(into, from), STS_OK);
}

static void
assert_same(const struct sts_tally *a, const struct sts_tally *b)
{
	char *one = encoded(a), *two = encoded(b);

	assert_string_equal(one, two);
	assert_int_equal(a->octets, b->octets);
	free(one);
	free(two);
}

/* In any order, and in any grouping, to the octet. */
static void
commutes(void **state)
{
	(void)state;
	for (seed = 1; seed < 200000; seed += 1009) {
		struct sts_tally *part[PARTS], *up = new_tally();
		struct sts_tally *down = new_tally(), *inner = new_tally();
		uint64_t sum = 0;

		for (size_t i = 0; i < PARTS; i++) {
			part[i] = random_tally(chance(60));
			sum += sessions(part[i]);
		}
		for (size_t i = 0; i < PARTS; i++)
			merge(up, part[i]);
		for (size_t i = PARTS; i-- > 1;)
			merge(inner, part[i]);
		merge(down, inner);
		merge(down, part[0]);
		assert_same(up, down);
		assert_int_equal(sessions(up), sum);
		check_sums(up);
		for (size_t i = 0; i < PARTS; i++)
			sts_tally_free(part[i]);
		sts_tally_free(up);
		sts_tally_free(down);
		sts_tally_free(inner);
	}
}

/* What was counted since, and what there was then: that is all. */
static void
since(void **state)
{
	(void)state;
	for (seed = 1; seed < 100000; seed += 1009) {
		struct sts_tally *then = random_tally(chance(60));
		struct sts_tally *more = random_tally(chance(60));
		struct sts_tally *now = new_tally(), *rest = NULL;

		merge(now, then);
		merge(now, more);
		assert_int_equal(sts_tally_since(now, then, &rest), STS_OK);
		assert_same(rest, more);
		check_sums(rest);
		sts_tally_free(rest);
		assert_int_equal(sts_tally_since(now, now, &rest), STS_OK);
		assert_int_equal(sessions(rest), 0);
		assert_int_equal(rest->n_policy, 0);
		sts_tally_free(rest);
		sts_tally_free(then);
		sts_tally_free(more);
		sts_tally_free(now);
	}
}

static void
since_of_another(void **state)
{
	struct sts_tally *a = new_tally(), *rest = NULL;
	struct sts_tally *b = sts_tally_new("b.example", DAY);

	(void)state;
	assert_int_equal(sts_tally_since(a, b, &rest), STS_EINVAL);
	assert_null(rest);
	sts_tally_free(a);
	sts_tally_free(b);
}

/* What was escaped is not escaped again. */
static void
empty_changes_nothing(void **state)
{
	struct sts_tally *a, *empty = new_tally(), *copy = new_tally();

	(void)state;
	seed = 7;
	a = random_tally(100);
	merge(copy, a);
	assert_same(copy, a);
	merge(copy, empty);
	assert_same(copy, a);
	sts_tally_free(a);
	sts_tally_free(empty);
	sts_tally_free(copy);
}

static void
others_refused(void **state)
{
	struct sts_tally *a = new_tally();
	struct sts_tally *day = sts_tally_new("a.example", DAY + 1);
	struct sts_tally *domain = sts_tally_new("b.example", DAY);
	struct sts_tls_result r = success();

	(void)state;
	add(day, &r);
	add(domain, &r);
	assert_int_equal(sts_tally_merge(a, day), STS_EINVAL);
	assert_int_equal(sts_tally_merge(a, domain), STS_EINVAL);
	assert_int_equal(sessions(a), 0);
	sts_tally_free(a);
	sts_tally_free(day);
	sts_tally_free(domain);
}

static struct sts_tally *
with_details(int from, int n)
{
	struct sts_tally *made = new_tally();
	char mx[16] = "";

	for (int i = from; i < from + n; i++) {
		struct sts_tls_result r =
		    failure(STS_RESULT_VALIDATION_FAILURE, mx);

		(void)snprintf(mx, sizeof(mx), "mx%d", i);
		r.mx = sts_str(mx);
		(void)sts_tally_add(made, &r);
	}
	return made;
}

/* Beyond the bounds the sums are right, whichever comes first. */
static void
bounds(void **state)
{
	struct sts_tally *a = with_details(0, 250), *b = with_details(100, 250);
	struct sts_tally *c = with_details(0, 250);

	(void)state;
	assert_int_equal(a->policy[0].dropped, 50);
	assert_int_equal(sts_tally_merge(a, b), STS_ELIMIT);
	assert_int_equal(sts_tally_merge(b, c), STS_ELIMIT);
	check_sums(a);
	check_sums(b);
	assert_int_equal(a->policy[0].failed, 500);
	assert_int_equal(b->policy[0].failed, 500);
	assert_int_equal(a->policy[0].dropped, 50 + 50 + 100);
	assert_int_equal(b->policy[0].dropped, 50 + 50 + 100);
	sts_tally_free(a);
	sts_tally_free(b);
	sts_tally_free(c);
}

static void
bound_of_policies(void **state)
{
	struct sts_tally *a = new_tally(), *b = new_tally();
	struct sts_tls_result r = success();
	char text[16];

	(void)state;
	for (int i = 0; i < STS_TALLY_POLICIES; i++) {
		(void)snprintf(text, sizeof(text), "a%d", i);
		r.policy = sts_str(text);
		add(a, &r);
		text[0] = 'b';
		add_times(b, &r, 2);
	}
	assert_int_equal(sts_tally_merge(a, b), STS_ELIMIT);
	assert_int_equal(a->dropped, 2 * STS_TALLY_POLICIES);
	assert_int_equal(sessions(a), 3 * STS_TALLY_POLICIES);
	sts_tally_free(a);
	sts_tally_free(b);
}

static void
numbers_do_not_wrap(void **state)
{
	struct sts_tally *a = new_tally(), *b = new_tally();

	(void)state;
	a->dropped = STS_TALLY_COUNT_MAX - 1;
	b->dropped = 2;
	assert_int_equal(sts_tally_merge(a, b), STS_EINVAL);
	assert_int_equal(a->dropped, STS_TALLY_COUNT_MAX - 1);
	b->dropped = 1;
	merge(a, b);
	sts_tally_free(a);
	sts_tally_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commutes),
	    cmocka_unit_test(since),
	    cmocka_unit_test(since_of_another),
	    cmocka_unit_test(empty_changes_nothing),
	    cmocka_unit_test(others_refused),
	    cmocka_unit_test(bounds),
	    cmocka_unit_test(bound_of_policies),
	    cmocka_unit_test(numbers_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
