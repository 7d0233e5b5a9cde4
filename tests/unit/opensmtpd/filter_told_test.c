/* SPDX-License-Identifier: ISC */
/* What is told to the service of sessions with other mail servers. */
#include <stdio.h>
#include <string.h>

#include "filter_world.h"

static const char *
rule(const char *question)
{
	if (strncmp(question, "route", 5) != 0)
		return "STS1 ok";
	if (strstr(question, " quiet.enforce") != NULL)
		return "STS1 route d mode=enforce id=1 host=mx "
		       "until=1800000000";
	if (strstr(question, "enforce") != NULL)
		return "STS1 route d mode=enforce id=1 host=mx "
		       "until=1800000000 tell";
	if (strstr(question, " quiet.testing") != NULL)
		return "STS1 none d state=fresh reason=mode-testing";
	if (strstr(question, "testing") != NULL)
		return "STS1 none d state=fresh reason=mode-testing tell";
	if (strstr(question, "temp") != NULL)
		return "STS1 temp d reason=dns-servfail";
	if (strstr(question, " quiet") != NULL)
		return "STS1 none d state=negative reason=no-record";
	return "STS1 none d state=negative reason=no-record tell";
}

static void
open_world(struct world *w, bool unverified)
{
	service_answer = rule;
	begin(w, (struct sts_filter_config){.unverified = unverified});
	service_up();
	say(w, "config|subsystem|smtp-out");
	say(w, "config|ready");
	happened();
}

#define OUT "report|0.7|1|smtp-out|"

/* What smtpd can hear and say before there is mail. */
static const char *const steps[][2] = {
    ['c'] = {"link-connect", "|mx|pass|192.0.2.9:5|1.2.3.4:25"},
    ['g'] = {"link-greeting", "|mx.x.example"},
    ['e'] = {"link-identify", "|EHLO|us"},
    ['0'] = {"protocol-server", "|250 HELP"},
    ['1'] = {"protocol-server", "|250-StartTLS"},
    ['5'] = {"protocol-server", "|502 what?"},
    ['s'] = {"protocol-client", "|STARTTLS"},
    ['y'] = {"protocol-server", "|220 go"},
    ['n'] = {"protocol-server", "|454 not now"},
    ['t'] = {"link-tls", "|TLSv1.3:A:1"},
    ['m'] = {"tx-begin", "|m"},
    ['d'] = {"link-disconnect", ""}};

static void
play(struct world *w, unsigned session, const char *run)
{
	for (; *run != '\0'; run++)
		say(w, OUT "%s|%u%s", steps[(unsigned char)*run][0], session,
		    steps[(unsigned char)*run][1]);
}

#define OVER_TLS "cge10sytem"
#define PLAIN    "cge0m"
#define FACTS    " addr=1.2.3.4 from=192.0.2.9 helo=mx.x.example progress\n"

static void
named(struct world *w, unsigned session, const char *domain)
{
	say(w, OUT "tx-rcpt|%u|m|ok|u@%s", session, domain);
}

/* A session counts once for each domain, however much mail it takes; another
 * one counts again. That a recipient is refused is no matter of TLS. */
static void
once_a_session(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, false);
	play(&w, 1, OVER_TLS);
	named(&w, 1, "a.enforce");
	named(&w, 1, "A.Enforce");
	say(&w, OUT "tx-rcpt|1|m|permfail|u@b.enforce");
	say(&w, OUT "tx-commit|1|m|399");
	play(&w, 1, "m");
	named(&w, 1, "a.enforce");
	say(&w, OUT "tx-rcpt|1|m|tempfail|u@b.enforce");
	play(&w, 1, "d");
	assert_int_equal(count("@ result a.enforce result=success"), 1);
	assert_int_equal(count("@ result b.enforce result=success"), 1);
	assert_int_equal(count("@ doubt"), 0);
	play(&w, 2, OVER_TLS);
	named(&w, 2, "a.enforce");
	assert_int_equal(count("@ result"), 3);
	happened();
	end(&w);
}

static const struct {
	bool unverified;
	const char *run, *domain, *want; /* NULL: nothing is told */
} told[] = {
    {false, OVER_TLS, "enforce", "result=success action=sent mode=enforce"},
    {true, OVER_TLS, "enforce",
	"result=validation-failure action=would-refuse verified=no "
	"detail=sent-without-verification mode=enforce"},
    {true, PLAIN, "enforce",
	"result=starttls-not-supported action=would-refuse "
	"detail=sent-without-tls mode=enforce"},
    {true, OVER_TLS, "testing",
	"result=success action=sent verified=no mode=testing"},
    {false, OVER_TLS, "testing",
	"result=success action=sent verified=no mode=testing"},
    {true, PLAIN, "testing",
	"result=starttls-not-supported action=would-refuse "
	"detail=sent-without-tls mode=testing"},
    {true, "cge10snm", "testing",
	"result=starttls-not-supported action=would-refuse "
	"detail=starttls-refused mode=testing"},
    /* 7.x goes without TLS, when it failed. */
    {true, "cge10sycge10m", "testing",
	"result=validation-failure action=would-refuse detail=tls-failed "
	"mode=testing"},
    {true, OVER_TLS, "none", "result=success action=sent mode=none"},
    {true, PLAIN, "none",
	"result=starttls-not-supported action=sent detail=sent-without-tls "
	"mode=none"},
    {true, OVER_TLS, "temp", NULL},
    {true, PLAIN, "temp", NULL},
    /* Nobody wants to hear of a success; failures of a policy are told. */
    {false, OVER_TLS, "quiet.enforce", NULL},
    {true, OVER_TLS, "quiet.enforce",
	"result=validation-failure action=would-refuse verified=no "
	"detail=sent-without-verification mode=enforce"},
    {true, OVER_TLS, "quiet.testing", NULL},
    {true, PLAIN, "quiet.testing",
	"result=starttls-not-supported action=would-refuse "
	"detail=sent-without-tls mode=testing"},
    {true, OVER_TLS, "quiet", NULL},
    {true, PLAIN, "quiet", NULL},
};

static void
by_policy(void **state)
{
	char want[512];
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		open_world(&w, told[i].unverified);
		play(&w, 1, told[i].run);
		named(&w, 1, told[i].domain);
		snprintf(want, sizeof(want), "@ route %s now tell\n",
		    told[i].domain);
		if (told[i].want != NULL)
			snprintf(want + strlen(want),
			    sizeof(want) - strlen(want), "@ result %s %s" FACTS,
			    told[i].domain, told[i].want);
		expect(want);
		end(&w);
	}
}

/* A connection that came to no mail: to which address, and why. */
static void
failed_connections(void **state)
{
	static const char *const runs[][2] = {{"cd", ""}, {"cgd", ""},
	    {"cged", ""}, {"cge5d", ""},
	    {"cge0d", " result=starttls-not-supported"},
	    {"cge10snd",
		" result=starttls-not-supported detail=starttls-refused"},
	    {"cge10syd", " result=validation-failure detail=tls-failed"},
	    {"cge10sytd", " result=validation-failure detail=tls-failed"},
	    {"cge10syetd", NULL}, {"cge10sytemd", NULL}, {"cge0md", NULL},
	    {"ed", NULL}, {"d", NULL}};
	char want[256];
	struct world w;
	size_t i, j;

	(void)state;
	for (j = 0; j < 2; j++) {
		open_world(&w, j == 1);
		for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
			play(&w, (unsigned)i, runs[i][0]);
			want[0] = '\0';
			if (j == 0 && runs[i][1] != NULL)
				snprintf(want, sizeof(want),
				    "@ doubt 1.2.3.4%s%s\n", runs[i][1],
				    runs[i][1][0] != '\0'
					? " from=192.0.2.9 helo=mx.x.example"
					: "");
			expect(want);
		}
		end(&w);
	}
}

/* What a server calls itself is its own affair. */
static void
remote_names(void **state)
{
	char name[5000];
	struct world w;
	const char *line;

	(void)state;
	memset(name, '%', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	open_world(&w, false);
	play(&w, 1, "c");
	say(&w, OUT "link-greeting|1|a b|result=\xff\x01");
	play(&w, 1, "e10sytem");
	named(&w, 1, "enforce");
	line = happened();
	assert_non_null(strstr(line, " helo=a%20b|result=%FF%01 progress\n"));
	play(&w, 2, "c");
	say(&w, OUT "link-greeting|2|%s", name);
	play(&w, 2, "e10sytem");
	named(&w, 2, "enforce");
	line = happened();
	assert_int_equal(strspn(strstr(line, "helo=") + 5, "%25"), 300);
	play(&w, 3, "c");
	say(&w, OUT "link-connect|3|x|pass|[2001:db8::1]:5|[2001:db8::2]:25");
	play(&w, 3, "e10sytem");
	named(&w, 3, "enforce");
	expect("@ result enforce result=success action=sent mode=enforce "
	       "addr=2001:db8::2 from=2001:db8::1 progress\n");
	end(&w);
}

/* One session with many domains: those that there is room for. */
static void
many_domains(void **state)
{
	char domain[40];
	struct world w;
	unsigned i, j;

	(void)state;
	open_world(&w, false);
	play(&w, 1, OVER_TLS);
	for (j = 0; j < 2; j++)
		for (i = 0; i < 40; i++) {
			snprintf(domain, sizeof(domain), "d%u.enforce", i);
			named(&w, 1, domain);
		}
	assert_int_equal(count("@ result"), 32);
	happened();
	end(&w);
}

/* Nobody is there to be told; smtpd is not made to wait. */
static void
gone(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, true);
	service_down();
	play(&w, 1, PLAIN);
	named(&w, 1, "testing");
	play(&w, 2, "cge0d");
	expect("");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(once_a_session),
	    cmocka_unit_test(by_policy),
	    cmocka_unit_test(failed_connections),
	    cmocka_unit_test(remote_names),
	    cmocka_unit_test(many_domains),
	    cmocka_unit_test(gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
