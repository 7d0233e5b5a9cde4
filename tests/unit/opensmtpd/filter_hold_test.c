/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "filter_world.h"

static bool cold;

/* slow.example is not known until cold is over. */
static const char *
rule(const char *question)
{
	if (strncmp(question, "route slow.example now", 22) == 0)
		return "STS1 temp slow.example reason=not-known";
	if (strncmp(question, "route slow.example tell", 23) == 0)
		return cold ? ""
			    : "STS1 route slow.example mode=enforce id=1 "
			      "host=mx.slow.example until=1800000000";
	if (strncmp(question, "route bad.example", 17) == 0)
		return "STS1 blocked bad.example mode=enforce id=1 "
		       "reason=certificate-expired detail=x until=1800000000";
	if (strncmp(question, "route odd.example", 17) == 0)
		return "STS1 blocked odd.example mode=enforce id=1 "
		       "reason=a%0Afilter-result|x detail=x until=1";
	if (strncmp(question, "route busy.example", 18) == 0)
		return "STS1 temp busy.example reason=busy mode=enforce id=1";
	return "STS1 none x state=negative reason=no-record";
}

static void
open_world(struct world *w, bool refuse)
{
	cold = true;
	service_answer = rule;
	begin(w, (struct sts_filter_config){.refuse = refuse});
	service_up();
	say(w, "config|subsystem|smtp-in");
	say(w, "config|ready");
	expect("> register|filter|smtp-in|rcpt-to\n> register|ready\n");
}

#define ASK_NOW  "@ route slow.example now tell\n"
#define ASK_SLOW "@ route slow.example tell progress\n"
#define PROCEED(session) \
	"> filter-result|00000000000000" session "|3ccae07a39c9d171|proceed\n"
#define REFUSE(session, why)                                             \
	"> filter-result|00000000000000" session                         \
	"|3ccae07a39c9d171|reject|451 4.7.1 MTA-STS: no mail exchanger " \
	"qualifies now" why "\n"

/* One session waits for the look-up, with one question for all who wait. */
static void
holds_that_session_only(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, false);
	rcpt(&w, 1, "u@slow.example");
	expect(ASK_NOW ASK_SLOW);
	rcpt(&w, 2, "other@SLOW.example");
	expect("");
	rcpt(&w, 3, "u@quick.example");
	expect("@ route quick.example now tell\n" PROCEED("03"));
	pass(&w, 1000);
	service_say("STS1 wait\n");
	settle(&w);
	expect("");
	cold = false;
	service_release();
	settle(&w);
	expect(PROCEED("01") PROCEED("02"));
	rcpt(&w, 4, "u@slow.example"); /* remembered for a moment */
	expect(PROCEED("04"));
	end(&w);
}

static void
remembers_for_seconds(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, false);
	rcpt(&w, 1, "u@quick.example");
	expect("@ route quick.example now tell\n" PROCEED("01"));
	pass(&w, 4999);
	rcpt(&w, 2, "u@quick.example");
	expect(PROCEED("02"));
	pass(&w, 1);
	rcpt(&w, 3, "u@quick.example");
	expect("@ route quick.example now tell\n" PROCEED("03"));
	end(&w);
}

/* Keeps the service alive in the filter's eyes while time passes. */
static void
pass_with_signs(struct world *w, int64_t ms)
{
	for (; ms > 500; ms -= 500) {
		pass(w, 500);
		service_say("STS1 wait\n");
		settle(w);
	}
	pass(w, ms);
}

static void
lets_go_after_15_seconds(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	rcpt(&w, 1, "u@slow.example");
	expect(ASK_NOW ASK_SLOW);
	pass_with_signs(&w, 7000);
	rcpt(&w, 2, "u@slow.example");
	pass_with_signs(&w, 7999);
	expect("");
	pass(&w, 1);
	expect(PROCEED("01"));
	pass_with_signs(&w, 5000); /* the question itself has 20 s */
	expect(PROCEED("02"));
	cold = false;
	service_release();
	settle(&w);
	expect("");
	end(&w);
}

/* Refusing is for who asks for it, and only where it is sure; it is an attempt
 * that came to nothing, and told as one. */
static void
refuses_when_told_to(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	rcpt(&w, 1, "u@bad.example");
	expect("@ route bad.example now tell\n@ held bad.example "
	       "progress\n" REFUSE("01", ": certificate-expired"));
	rcpt(&w, 2, "u@odd.example"); /* what is no word is left out */
	expect("@ route odd.example now tell\n@ held odd.example "
	       "progress\n" REFUSE("02", ""));
	rcpt(&w, 3, "u@busy.example");
	expect("@ route busy.example now tell\n" PROCEED("03"));
	rcpt(&w, 4, "u@none.example");
	expect("@ route none.example now tell\n" PROCEED("04"));
	end(&w);
	open_world(&w, false);
	rcpt(&w, 1, "u@bad.example");
	expect("@ route bad.example now tell\n" PROCEED("01"));
	end(&w);
}

static void
lets_go_when_told_to(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, false);
	rcpt(&w, 1, "u@slow.example");
	expect(ASK_NOW ASK_SLOW);
	sts_filter_release(w.filter);
	settle(&w);
	say(&w, "report|0.7|1|smtp-in|link-connect|0000000000000001|x|y|z");
	expect(PROCEED("01"));
	rcpt(&w, 2, "u@slow.example");
	expect(PROCEED("02"));
	end(&w);
}

/* It ends with recipients held. */
static void
ends_while_held(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, false);
	rcpt(&w, 1, "u@slow.example");
	rcpt(&w, 2, "u@slow.example");
	expect(ASK_NOW ASK_SLOW);
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_that_session_only),
	    cmocka_unit_test(remembers_for_seconds),
	    cmocka_unit_test(lets_go_after_15_seconds),
	    cmocka_unit_test(refuses_when_told_to),
	    cmocka_unit_test(lets_go_when_told_to),
	    cmocka_unit_test(ends_while_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
