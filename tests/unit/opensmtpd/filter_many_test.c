/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_world.h"

#define SESSIONS 10000

static bool cold;

static const char *
rule(const char *question)
{
	if (strncmp(question, "result ", 7) == 0)
		return "STS1 ok";
	if (cold && strstr(question, " now") != NULL)
		return "STS1 temp x reason=not-known";
	if (cold)
		return "";
	return "STS1 route x mode=enforce id=1 host=mx until=1800000000";
}

static void
open_world(struct world *w)
{
	cold = true;
	service_answer = rule;
	begin(w, (struct sts_filter_config){.refuse = true});
	service_up();
	say(w, "config|ready");
	happened();
}

static void
address(char *out, size_t size, unsigned i)
{
	snprintf(out, size, "u@d%u.example", i);
}

/* Every session has exactly one answer. */
static void
all_answered(void)
{
	static unsigned char seen[SESSIONS];
	const char *p = happened();
	unsigned session;

	memset(seen, 0, sizeof(seen));
	for (; p != NULL; p = strstr(p + 1, "> filter-result|"))
		if (strncmp(p, "> filter-result|", 16) == 0) {
			session = (unsigned)strtoul(p + 16, NULL, 16);
			assert_true(session < SESSIONS);
			assert_int_equal(seen[session]++, 0);
		}
	for (session = 0; session < SESSIONS; session++)
		assert_int_equal(seen[session], 1);
}

/* smtpd does not even read while they are all let go. */
static void
sessions_of_many_domains(void **state)
{
	struct world w;
	char to[64];
	unsigned i;

	(void)state;
	open_world(&w);
	for (i = 0; i < SESSIONS; i++) {
		address(to, sizeof(to), i);
		rcpt(&w, i, to);
	}
	assert_int_equal(count("> "), 0);
	assert_int_equal(count("@ "), 2 * SESSIONS);
	assert_true(service_connections() <= STS_STANCE_FDS);
	cold = false;
	w.stalled = true;
	service_release();
	settle(&w);
	assert_int_equal(count("> "), 0);
	w.stalled = false;
	settle(&w);
	all_answered();
	end(&w);
}

static void
sessions_of_one_domain(void **state)
{
	struct world w;
	unsigned i;

	(void)state;
	open_world(&w);
	for (i = 0; i < SESSIONS; i++)
		rcpt(&w, i, "u@a.example");
	assert_int_equal(count("@ "), 2);
	cold = false;
	service_release();
	settle(&w);
	all_answered();
	end(&w);
}

static void
sessions_when_the_service_dies(void **state)
{
	struct world w;
	char to[64];
	unsigned i;

	(void)state;
	open_world(&w);
	for (i = 0; i < SESSIONS; i++) {
		address(to, sizeof(to), i);
		rcpt(&w, i, to);
	}
	service_down();
	settle(&w);
	all_answered();
	end(&w);
}

/* More than there is room for: those are not held. */
static void
more_than_fit(void **state)
{
	struct world w;
	char to[64];
	unsigned i;

	(void)state;
	open_world(&w);
	for (i = 0; i < 20000; i++) {
		address(to, sizeof(to), i);
		rcpt(&w, i, to);
	}
	assert_int_equal(count("> filter-result|"), 20000 - 16384);
	pass(&w, 1500);
	assert_int_equal(count("> filter-result|"), 20000);
	happened();
	end(&w);
}

/* smtpd asks on and on, and reads nothing: it is left to wait, and loses no
 * answer. */
static void
smtpd_reads_nothing(void **state)
{
	struct world w;
	unsigned i = 0;

	(void)state;
	open_world(&w);
	w.stalled = true;
	while (!w.full)
		rcpt(&w, i++, "lab");
	assert_true(i > 1000);
	w.stalled = false;
	settle(&w);
	assert_int_equal(count("> filter-result|"), i - 1);
	happened();
	end(&w);
}

#define OUT "report|0.7|1795495755.05|smtp-out|"

/* Sessions that never end make room for others; each message is looked at. */
static void
deliveries(void **state)
{
	struct world w;
	unsigned i;

	(void)state;
	open_world(&w);
	cold = false;
	for (i = 0; i < 20000; i++) {
		say(&w,
		    OUT "link-connect|%016x|mx|pass|198.18.0.1:1|"
			"[2001:db8::%x]:25",
		    i, i);
		say(&w, OUT "tx-begin|%016x|3353c45e", i);
		say(&w, OUT "tx-rcpt|%016x|3353c45e|ok|u@d%u.example", i, i);
		say(&w, OUT "tx-rcpt|%016x|3353c45e|ok|v@d%u.example", i, i);
		say(&w, OUT "tx-rcpt|%016x|3353c45e|permfail|v@no.example", i);
		say(&w, OUT "tx-commit|%016x|3353c45e|399", i);
	}
	assert_int_equal(count("! unprotected domain=d"), 20000);
	assert_int_equal(count("@ route d"), 20000);
	assert_int_equal(count("@ result d"), 20000);
	assert_int_equal(count("@ route no."), 1);
	assert_int_equal(count("@ result no."), 20000);
	assert_int_equal(count(""), 80001);
	assert_non_null(strstr(happened(), "addr=2001:db8::4e1f "));
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sessions_of_many_domains),
	    cmocka_unit_test(sessions_of_one_domain),
	    cmocka_unit_test(sessions_when_the_service_dies),
	    cmocka_unit_test(more_than_fit),
	    cmocka_unit_test(smtpd_reads_nothing),
	    cmocka_unit_test(deliveries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
