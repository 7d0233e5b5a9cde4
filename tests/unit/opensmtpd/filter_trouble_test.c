/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "filter_world.h"

static const char *answer;

static const char *
rule(const char *question)
{
	(void)question;
	return answer;
}

static const char *
slow(const char *question)
{
	return strstr(question, " now") != NULL ? answer : "";
}

static void
open_world(struct world *w, bool up)
{
	answer = "STS1 none x state=negative reason=no-record";
	service_answer = rule;
	begin(w, (struct sts_filter_config){.refuse = true});
	if (up)
		service_up();
	say(w, "config|subsystem|smtp-in");
	say(w, "config|ready");
	happened();
}

#define ASK "@ route a.example now tell\n"
#define PROCEED(session) \
	"> filter-result|00000000000000" session "|3ccae07a39c9d171|proceed\n"

/* None at the start, none for a while, and asked again when it is there. */
static void
absent(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, false);
	rcpt(&w, 1, "u@a.example");
	expect(PROCEED("01"));
	rcpt(&w, 2, "u@a.example");
	expect(PROCEED("02"));
	service_up();
	rcpt(&w, 3, "u@a.example"); /* within the back-off */
	expect(PROCEED("03"));
	pass(&w, 2000);
	rcpt(&w, 4, "u@a.example");
	expect(ASK PROCEED("04"));
	service_down();
	pass(&w, 6000);
	rcpt(&w, 5, "u@a.example");
	expect(PROCEED("05"));
	end(&w);
}

/* The end of an idle connection is no failure: it is made anew at once. */
static void
closes_idle_connections(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	rcpt(&w, 1, "u@a.example");
	expect(ASK PROCEED("01"));
	service_hang_up();
	settle(&w);
	pass(&w, 6000);
	rcpt(&w, 2, "u@a.example");
	expect(ASK PROCEED("02"));
	end(&w);
}

/* What met the end of a connection is asked once more, not for ever. */
static void
hangs_up(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	answer = "";
	rcpt(&w, 1, "u@a.example");
	expect(ASK);
	service_hang_up();
	settle(&w);
	expect(ASK);
	service_hang_up();
	settle(&w);
	expect(PROCEED("01"));
	rcpt(&w, 2, "u@a.example"); /* and is left in peace for a moment */
	expect(PROCEED("02"));
	pass(&w, 60);
	answer = "STS1 none x state=negative reason=no-record";
	rcpt(&w, 3, "u@a.example");
	expect(ASK PROCEED("03"));
	end(&w);
}

static void
hangs_up_in_mid_answer(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	answer = "";
	rcpt(&w, 1, "u@a.example");
	expect(ASK);
	service_say("STS1 blocked a.example mode=enforce id=1 reason=x");
	settle(&w);
	service_down();
	settle(&w);
	expect(PROCEED("01"));
	end(&w);
}

/* 1.5 s of silence is a dead service; it is not asked by each recipient. */
static void
hangs(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	service_hung = true;
	rcpt(&w, 1, "u@a.example");
	rcpt(&w, 2, "u@b.example");
	pass(&w, 1499);
	expect("");
	pass(&w, 1);
	expect(PROCEED("01") PROCEED("02"));
	rcpt(&w, 3, "u@a.example");
	expect(PROCEED("03"));
	service_asked = NULL; /* it still finds the old ones */
	service_hung = false;
	pass(&w, 2000);
	rcpt(&w, 4, "u@a.example");
	expect(PROCEED("04"));
	end(&w);
}

static void
falls_silent_over_a_look_up(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	answer = "STS1 temp a.example reason=not-known";
	service_answer = rule;
	rcpt(&w, 1, "u@a.example");
	/* the second question got the same answer, which is final there */
	expect(ASK "@ route a.example tell progress\n" PROCEED("01"));
	service_answer = slow;
	rcpt(&w, 2, "u@a.example");
	expect(ASK "@ route a.example tell progress\n");
	pass(&w, 1000);
	service_say("STS1 wait\n");
	settle(&w);
	pass(&w, 1499);
	expect("");
	pass(&w, 1);
	expect(PROCEED("02"));
	end(&w);
}

/* Nothing that is no answer refuses, ends or stops us. */
static void
talks_nonsense(void **state)
{
	static const char *const nonsense[] = {"STS2 none x", "hello", " ",
	    "STS1 wait wait", "STS1 blocked", "STS1 blocked a.example",
	    "STS1 blocked a.example mode=testing id=1 reason=x",
	    "STS1 frob a.example mode=enforce reason=certificate-expired",
	    "STS1 error syntax text=x", "STS1 temp - reason=stopping",
	    "STS1 route a.example mode=enforce"};
	struct world w;
	unsigned i;

	(void)state;
	open_world(&w, true);
	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		answer = nonsense[i];
		rcpt(&w, i, "u@a.example");
		assert_int_equal(count("> filter-result|"), 1);
		assert_int_equal(count("> "), 1);
		assert_null(strstr(happened(), "reject"));
		pass(&w, 10000);
	}
	end(&w);
}

/* A line of the service's that has no end, and one with NUL. */
static void
talks_without_end(void **state)
{
	static char text[70001];
	struct world w;

	(void)state;
	open_world(&w, true);
	answer = "";
	memset(text, 'a', sizeof(text) - 1);
	rcpt(&w, 1, "u@a.example");
	service_say(text);
	settle(&w);
	expect(ASK PROCEED("01"));
	pass(&w, 2000);
	rcpt(&w, 2, "u@a.example");
	expect(ASK);
	service_say("STS1 none a.example state=x reason=y\nSTS1 none x\n");
	settle(&w); /* more answers than questions */
	expect(PROCEED("02"));
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(absent),
	    cmocka_unit_test(closes_idle_connections),
	    cmocka_unit_test(hangs_up),
	    cmocka_unit_test(hangs_up_in_mid_answer),
	    cmocka_unit_test(hangs),
	    cmocka_unit_test(falls_silent_over_a_look_up),
	    cmocka_unit_test(talks_nonsense),
	    cmocka_unit_test(talks_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
