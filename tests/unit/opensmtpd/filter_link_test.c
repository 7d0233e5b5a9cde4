/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "filter_service.h"
#include "service_link.h"

/* sts_link_wait() is by a real clock; the rest is in the filter's tests. */
static char got[1000];
static bool done;

static void
answered(void *arg, enum sts_reply_kind kind, const char *line)
{
	size_t n = strlen(got);

	snprintf(got + n, sizeof(got) - n, "%s %d %s;", (const char *)arg,
	    (int)kind, line);
	done = true;
}

static const char *
rule(const char *question)
{
	return strncmp(question, "silent", 6) == 0 ? "" : "STS1 ok";
}

static struct sts_link *
open_link(void)
{
	struct sts_link *link = sts_link_new(service_path());

	assert_non_null(link);
	service_answer = rule;
	service_up();
	got[0] = '\0';
	done = false;
	return link;
}

static void
close_link(struct sts_link *link)
{
	sts_link_free(link);
	service_end();
}

static int
ask(struct sts_link *link, const char *question, int64_t ms)
{
	return sts_link_ask(
	    link, question, sts_link_now() + ms, answered, (void *)question);
}

/* The time out is less than that of the question, which stays open. */
static void
waits_at_most(void **state)
{
	struct sts_link *link = open_link();
	int64_t start = sts_link_now();

	(void)state;
	assert_int_equal(ask(link, "silent", 1000), 0);
	sts_link_wait(link, &done, start + 50);
	assert_false(done);
	assert_in_range(sts_link_now() - start, 50, 900);
	assert_int_equal(sts_link_open(link), 1);
	service_step();
	service_say("STS1 pong x\n");
	sts_link_wait(link, &done, start + 900);
	assert_string_equal(got, "silent 9 STS1 pong x;");
	close_link(link);
}

/* A late answer belongs to the question that gave up, not to the next. */
static void
late_answers_stay_in_order(void **state)
{
	struct sts_link *link = open_link();

	(void)state;
	assert_int_equal(ask(link, "silent", 20), 0);
	sts_link_wait(link, &done, sts_link_now() + 1000);
	assert_string_equal(got, "silent 0 ;");
	done = false;
	assert_int_equal(ask(link, "next", 1000), 0);
	service_step();
	service_say("STS1 yes\nSTS1 no\n");
	sts_link_wait(link, &done, sts_link_now() + 1000);
	assert_string_equal(got, "silent 0 ;next 7 STS1 no;");
	assert_int_equal(sts_link_open(link), 0);
	close_link(link);
}

static void
resets(void **state)
{
	struct sts_link *link = open_link();

	(void)state;
	assert_int_equal(ask(link, "silent", 1000), 0);
	assert_int_equal(ask(link, "other", 1000), 0);
	sts_link_reset(link);
	assert_string_equal(got, "silent 0 ;other 0 ;");
	assert_int_equal(sts_link_open(link), 0);
	got[0] = '\0';
	done = false;
	assert_int_equal(ask(link, "other", 1000), 0);
	service_step();
	sts_link_wait(link, &done, sts_link_now() + 1000);
	assert_string_equal(got, "other 8 STS1 ok;");
	close_link(link);
}

static void
asks_nothing_odd(void **state)
{
	static char text[STS_CLIENT_LINE + 1];
	struct sts_link *link = open_link();

	(void)state;
	assert_int_equal(ask(link, "", 10), -1);
	assert_int_equal(ask(link, "a\nb", 10), -1);
	memset(text, 'a', STS_CLIENT_LINE);
	assert_int_equal(ask(link, text, 10), -1);
	sts_link_free(link);
	link = sts_link_new(text);
	assert_non_null(link);
	assert_int_equal(ask(link, "ping", 10), -1);
	assert_int_equal(sts_link_next(link), INT64_MAX);
	close_link(link);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_at_most),
	    cmocka_unit_test(late_answers_stay_in_order),
	    cmocka_unit_test(resets),
	    cmocka_unit_test(asks_nothing_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
