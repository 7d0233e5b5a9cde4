/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"

#define NOTHING "" /* of the service: closes without an answer */
#define OTHER   "! ^(?i)[^.]+\\.w\\.example$ ; *"
#define MX2     "! ^(?i)mx1\\.a\\.example$ ; " OTHER

/* What the service says to policy and verdict, and what each hook yields. */
static const struct kind {
	const char *name;
	const char *policy;
	const char *verdict;
	const char *options;
	const char *list; /* require, verify, no word */
	const char *ignore;
	bool refuses; /* tcp:connect */
	const char *log;
} kinds[] = {
    {"none", "STS1 none a.example state=negative reason=no-record\n",
	"STS1 none a.example state=negative reason=no-record\n", "", "", "",
	false, ""},
    {"none, to be told",
	"STS1 none a.example state=negative reason=no-record tell\n",
	"STS1 none a.example state=negative reason=no-record tell\n", "", "",
	"", false, ""},
    {"unsupported", "STS1 none a.example state=unsupported reason=address\n",
	"STS1 none a.example state=unsupported reason=address\n", "", "", "",
	false, ""},
    {"mode none", "STS1 policy a.example mode=none id=1 state=fresh mx=\n",
	"STS1 none a.example state=fresh reason=mode-none\n", "", "", "", false,
	""},
    {"testing",
	"STS1 policy a.example mode=testing id=1 state=fresh "
	"mx=mx1.a.example\n",
	"STS1 match a.example mode=testing host=mx1.a.example id=1\n", "", "",
	"", false, ""},
    {"enforce",
	"STS1 policy a.example mode=enforce id=1 state=fresh fetched=1 "
	"expires=2 mx=mx1.a.example,*.w.example\n",
	"STS1 match a.example mode=enforce host=mx1.a.example id=1\n", "", "*",
	MX2, false, ""},
    {"enforce, other host",
	"STS1 policy a.example mode=enforce id=1 state=fresh fetched=1 "
	"expires=2 mx=*.w.example\n",
	"STS1 mismatch a.example mode=enforce host=mx1.a.example id=1\n", "",
	"*", OTHER, true, "refused domain=a.example"},
    {"testing, other host",
	"STS1 policy a.example mode=testing id=1 state=fresh mx=b.example\n",
	"STS1 mismatch a.example mode=testing host=mx1.a.example id=1\n", "",
	"", "", false, "would-refuse domain=a.example"},
    {"enforce, no MX at all",
	"STS1 policy a.example mode=enforce id=1 state=fresh mx=\n",
	"STS1 mismatch a.example mode=enforce host=mx1.a.example id=1\n", "",
	"*", "*", true, "refused domain=a.example"},
    {"enforce, a pattern that would break the list",
	"STS1 policy a.example mode=enforce id=1 state=fresh mx=a%3Bb\n",
	"STS1 match a.example mode=enforce host=mx1.a.example id=1\n", "", "*",
	"*", false, ""},
    {"temp", "STS1 temp a.example reason=dns-bogus\n",
	"STS1 temp a.example reason=dns-bogus\n", "", "*", "*", true,
	"deferred domain=a.example reason=dns-bogus"},
    {"temp stays temp", "STS1 temp a.example reason=dns-bogus\n",
	"STS1 temp a.example reason=dns-bogus\n", "on_unavailable=deliver", "*",
	"*", true, "deferred domain=a.example reason=dns-bogus"},
    {"error", "STS1 error domain text=x\n", "STS1 error domain text=x\n", "",
	"*", "*", true, "deferred domain=a.example"},
    {"error stays temp", "STS1 error domain text=x\n",
	"STS1 error domain text=x\n", "on_unavailable=deliver", "*", "*", true,
	"deferred domain=a.example"},
    {"the answer to another question", "STS1 yes\n", "STS1 ok\n",
	"on_unavailable=deliver", "*", "*", true, "deferred domain=a.example"},
    {"unknown mode", "STS1 policy a.example mode=strict id=1 mx=\n",
	"STS1 match a.example mode=strict host=mx1.a.example id=1\n", "", "*",
	"*", true, "deferred domain=a.example reason=fell-silent"},
    {"nothing", NOTHING, NOTHING, "", "*", "*", true,
	"deferred domain=a.example reason=service-unavailable"},
    {"nothing, deliver", NOTHING, NOTHING, "on_unavailable=deliver", "", "",
	false, "no answer from the service"},
    {"cut off at work: that is not no answer at all",
	"STS1 wait\nSTS1 none a.example state=neg", "STS1 wait\n",
	"on_unavailable=deliver", "*", "*", true,
	"deferred domain=a.example reason=fell-silent"},
    {"half a line", "STS1 none a.example state=neg", "STS1 none a.exa", "", "*",
	"*", true, "deferred domain=a.example reason=fell-silent"},
    {"garbage", "220 hello\n", "\n", "", "*", "*", true,
	"deferred domain=a.example reason=fell-silent"},
    {"unknown argument",
	"STS1 none a.example state=negative reason=no-record\n",
	"STS1 none a.example state=negative reason=no-record\n", "nonsense",
	"*", "*", true, "argument \"nonsense\" is not known"},
    {"bad on_unavailable",
	"STS1 none a.example state=negative reason=no-record\n",
	"STS1 none a.example state=negative reason=no-record\n",
	"on_unavailable=delvier", "*", "*", true,
	"argument \"on_unavailable=delvier\" is not known"},
};

static void
set_up(const struct kind *k)
{
	exim_set("$domain", "a.example");
	exim_set("$host", "mx1.a.example");
	exim_set("$host_address", "192.0.2.1");
	service_answer("policy a.example tell progress\n", k->policy);
	service_answer(
	    "verdict a.example mx1.a.example tell progress\n", k->verdict);
	service_answer("verdict a.example - tell progress\n",
	    strcmp(k->policy, NOTHING) == 0
		? NOTHING
		: "STS1 mismatch a.example mode=enforce host=- id=1\n");
	service_answer("result a.example ", "STS1 ok\n");
}

static const char *
call(const struct kind *k, const char *word)
{
	static char words[256];

	snprintf(words, sizeof(words), "%s socket=%s %s", word, service_path(),
	    k->options);
	return exim_call(words);
}

/* An unknown argument is a host list to us, and to Exim no address. */
static const char *
interface_of(const struct kind *k)
{
	if (strstr(k->log, "is not known") != NULL)
		return "*";
	return k->list[0] == '\0' ? "" : "<; 0.0.0.0 ; ::";
}

/* A host that would be refused gets a retry record of its own. */
static const char *
retry_of(const struct kind *k)
{
	if (strstr(k->log, "is not known") != NULL)
		return "*";
	return k->refuses ? "false" : "true";
}

/* A router that takes mail with a policy, or of which there are reports, leaves
 * all other mail alone. */
static const char *
domains_of(const struct kind *k)
{
	bool testing = strstr(k->policy, "mode=testing") != NULL;
	bool tell = strstr(k->policy, " tell\n") != NULL;

	return k->list[0] != '\0' || testing || tell ? "*" : "!*";
}

static void
lists_yield(const void *arg)
{
	static const char *words[] = {"", "require", "verify"};
	const struct kind *k = arg;
	size_t i;

	set_up(k);
	for (i = 0; i < 3; i++)
		CHECK(strcmp(call(k, words[i]), k->list) == 0);
	CHECK(strcmp(call(k, "names"), "*") == 0);
	CHECK(strcmp(call(k, "interface"), interface_of(k)) == 0);
	CHECK(strcmp(call(k, "retry"), retry_of(k)) == 0);
	CHECK(strcmp(call(k, "defer"), k->list) == 0);
	CHECK(strcmp(call(k, "domains"), domains_of(k)) == 0);
	CHECK(strcmp(call(k, "guard"), "false") == 0);
	exim_log();
}

static void
ignore_yields(const void *arg)
{
	const struct kind *k = arg;
	const char *list;

	set_up(k);
	list = call(k, "ignore");
	CHECK(strcmp(list, k->ignore) == 0);
	CHECK(strcmp(call(k, "ignore"), k->ignore) == 0);
	CHECK(strcmp(call(k, "defer"), k->list) == 0);
	exim_log();
}

static const char *
raise_event(const struct kind *k, const char *name)
{
	const char *yield;

	exim_set("$event_name", name);
	yield = call(k, "");
	exim_set("$event_name", "");
	return yield;
}

static void
connect_refuses(const void *arg)
{
	const struct kind *k = arg;
	const char *log;

	set_up(k);
	CHECK((raise_event(k, "tcp:connect")[0] != '\0') == k->refuses);
	CHECK(raise_event(k, "smtp:connect")[0] == '\0');
	log = exim_log();
	CHECK(k->log[0] == '\0' ? log[0] == '\0' : strstr(log, k->log) != NULL);
}

/* Exim takes any text from most events for nothing, but "" is what it is. */
static void
others_go_on(const void *arg)
{
	static const char *events[] = {"smtp:connect", "smtp:ehlo", "tcp:close",
	    "dane:fail", "msg:delivery", "msg:complete", "msg:host:defer",
	    "msg:rcpt:host:defer", "msg:defer", "tls:cert", "no:such:event"};
	const struct kind *k = arg;
	size_t i;

	set_up(k);
	exim_set("$event_data", "0");
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		CHECK((raise_event(k, events[i])[0] != '\0') ==
		      (strcmp(events[i], "tls:cert") == 0 &&
			  strstr(k->log, "is not known") != NULL));
	raise_event(k, "tcp:connect");
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i], "tls:cert") != 0)
			CHECK(raise_event(k, events[i])[0] == '\0');
	exim_log();
}

/* Nearly as long as a policy's text can be: each name has its place. */
static void
many_names(const void *arg)
{
	static const struct kind k = {.options = ""};
	static char answer[65536];
	const char *list;
	size_t i, n;

	(void)arg;
	n = (size_t)snprintf(answer, sizeof(answer),
	    "STS1 policy a.example mode=enforce id=1 state=fresh mx=*.w");
	for (i = 0; i < 2600; i++)
		n += (size_t)snprintf(answer + n, sizeof(answer) - n,
		    ",mx%04zu.mail.a.example", i);
	snprintf(answer + n, sizeof(answer) - n, "\n");
	exim_set("$domain", "a.example");
	service_answer("policy a.example ", answer);
	list = call(&k, "ignore");
	CHECK(
	    strncmp(list, "! ^(?i)[^.]+\\.w$ ; ! ^(?i)mx0000\\.mail", 38) == 0);
	CHECK(
	    strstr(list, " ; ! ^(?i)mx2599\\.mail\\.a\\.example$ ; *") != NULL);
}

static void
long_list(void **state)
{
	(void)state;
	assert_int_equal(fake_case(many_names, NULL), 0);
}

/* Without MX records the router has the host as $domain has it. */
static void
implicit_host(const void *arg)
{
	static const struct kind k = {.options = ""};
	static const struct {
		const char *domain;
		const char *mx;
		const char *list;
	} rows[] = {
	    {"\303\244.example", "a.example",
		"! ^(?i)a\\.example$ ; ! ^(?i)\303\244\\.example$ ; *"},
	    {"\303\244.\303\244", "*.example",
		"! ^(?i)[^.]+\\.example$ ; ! ^(?i)\303\244\\.\303\244$ ; *"},
	    {"\303\244.example", "mx1.a.example,b.example,*.a.example",
		"! ^(?i)mx1\\.a\\.example$ ; ! ^(?i)b\\.example$ ; "
		"! ^(?i)[^.]+\\.a\\.example$ ; *"},
	    {"\303\244;*.example", "a.example", "! ^(?i)a\\.example$ ; *"},
	    {"A.example", "a.example", "! ^(?i)a\\.example$ ; *"},
	};
	char answer[256];
	size_t i;

	(void)arg;
	exim_set("${utf8_domain_to_alabel:$domain}", "a.example");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(answer, sizeof(answer),
		    "STS1 policy a.example mode=enforce id=1 state=fresh mx=%s"
		    "\n",
		    rows[i].mx);
		exim_later(100);
		exim_set("$domain", rows[i].domain);
		service_answer("policy a.example ", answer);
		service_answer("policy A.example ", answer);
		CHECK(strcmp(call(&k, "ignore"), rows[i].list) == 0);
	}
}

static void
ulabels(void **state)
{
	(void)state;
	assert_int_equal(fake_case(implicit_host, NULL), 0);
}

static void
every_kind(void (*fn)(const void *))
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fake_case(fn, &kinds[i]) != 0)
			fail_msg("%s", kinds[i].name);
}

static void
lists(void **state)
{
	(void)state;
	every_kind(lists_yield);
}

static void
ignore(void **state)
{
	(void)state;
	every_kind(ignore_yields);
}

static void
connects(void **state)
{
	(void)state;
	every_kind(connect_refuses);
}

static void
other_events(void **state)
{
	(void)state;
	every_kind(others_go_on);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists),
	    cmocka_unit_test(ignore),
	    cmocka_unit_test(long_list),
	    cmocka_unit_test(ulabels),
	    cmocka_unit_test(connects),
	    cmocka_unit_test(other_events),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	exim_load(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
