/* SPDX-License-Identifier: ISC */
/* A report of nothing, for who wants to look at its signature. */
#include <stdio.h>
#include <string.h>

#include "world.h"

#define TO "me@else.example"

static struct world w;

struct answered {
	int calls;
	enum sts_sent result;
	char why[STS_SENDING_WHY];
};

static int
begin(void **state)
{
	(void)state;
	world_init(&w);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_fini(&w);
	return 0;
}

static void
on_sent(void *arg, enum sts_sent result, const char *why)
{
	struct answered *answered = arg;

	answered->calls++;
	answered->result = result;
	(void)snprintf(answered->why, sizeof(answered->why), "%s", why);
}

#define assert_answered(answered, want, want_why)              \
	do {                                                   \
		assert_int_equal((answered).calls, 1);         \
		assert_string_equal((answered).why, want_why); \
		assert_int_equal((answered).result, want);     \
	} while (0)

/* It is no report that is counted or kept, and no two have the same id. */
static void
sent(void **state)
{
	struct sts_reporter_stats stats;
	struct answered a = {0}, b = {0};

	(void)state;
	sts_reporter_test(w.reporter, TO, on_sent, &a);
	assert_answered(a, STS_SENT_ACCEPTED, "");
	assert_int_equal(w.sends, 1);
	assert_string_equal(w.sent[0].to, TO);
	assert_int_equal(w.sent[0].sessions, 0);
	assert_non_null(strstr(w.sent[0].id, "test-"));
	world_pass(&w, 60);
	sts_reporter_test(w.reporter, TO, on_sent, &b);
	assert_answered(b, STS_SENT_ACCEPTED, "");
	assert_string_not_equal(w.sent[0].id, w.sent[1].id);
	sts_reporter_stats(w.reporter, &stats);
	assert_int_equal(stats.sent, 0);
	world_until(&w, MIDNIGHT + 6 * HOUR);
	assert_int_equal(w.sends, 2);
	assert_int_equal(
	    world_told(&w, "report-test to=\"" TO "\" sent=yes"), 2);
}

static void
not_sent(void **state)
{
	char far[300];
	struct answered a = {0}, b = {0}, c = {0};

	(void)state;
	w.answers[0] = (struct answer){"else", STS_SENT_REFUSED, "exit 67"};
	sts_reporter_test(w.reporter, TO, on_sent, &a);
	assert_answered(a, STS_SENT_REFUSED, "exit 67");
	memset(far, 'a', sizeof(far));
	far[sizeof(far) - 1] = '\0';
	sts_reporter_test(w.reporter, far, on_sent, &b);
	assert_answered(b, STS_SENT_REFUSED, "address");
	sts_reporter_test(w.reporter, "a\nb@else.example", on_sent, &c);
	assert_answered(c, STS_SENT_REFUSED, "address");
	assert_int_equal(w.sends, 1);
}

static void
one_at_a_time(void **state)
{
	struct answered a = {0}, b = {0}, c = {0};

	(void)state;
	w.latency = 5000;
	sts_reporter_test(w.reporter, TO, on_sent, &a);
	sts_reporter_test(w.reporter, TO, on_sent, &b);
	assert_answered(b, STS_SENT_LOCAL, "busy");
	assert_int_equal(a.calls, 0);
	turn(&w.f, 6000);
	assert_answered(a, STS_SENT_ACCEPTED, "");
	sts_reporter_test(w.reporter, TO, on_sent, &c);
	world_stop(&w);
	assert_answered(c, STS_SENT_LOCAL, "closing");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(sent, begin, end),
	    cmocka_unit_test_setup_teardown(not_sent, begin, end),
	    cmocka_unit_test_setup_teardown(one_at_a_time, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
