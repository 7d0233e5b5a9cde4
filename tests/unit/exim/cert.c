/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"

#define SAN   "${certextract{subj_altname,>:,dns}{$tls_out_peercert}}"
#define AFTER "${certextract{notafter,int}{$tls_out_peercert}}"
#define NONE  "STS1 none a.example state=negative reason=no-record\n"

/*
 * Where Exim was told to leave the name in the certificate to us, nothing but
 * a good name lets it pass. Each case spoils one thing after that.
 */
static const struct spoiled {
	const char *name;
	const char *text; /* expands to value from then on */
	const char *value;
	const char *covers; /* what the service says, if not yes */
	const char *options;
	int later; /* seconds */
	bool broken;
	bool passes;
} spoils[] = {
    {.name = "nothing", .passes = true},
    {.name = "a minute later, the policy is withdrawn",
	.later = 120,
	.passes = true},
    {.name = "another name", .covers = "STS1 no\n"},
    {.name = "another name, the policy is withdrawn",
	.covers = "STS1 no\n",
	.later = 120},
    {.name = "the service is gone", .covers = ""},
    {.name = "the service is gone for long", .covers = "", .later = 120},
    {.name = "the service does not know",
	.covers = "STS1 error internal text=x\n"},
    {.name = "a wrong word", .options = "sokcet=x"},
    {.name = "another domain", .text = "$domain", .value = "b.example"},
    {.name = "no domain", .text = "$domain", .value = ""},
    {.name = "the domain is not to be had", .text = "$domain", .value = NULL},
    {.name = "no certificate", .text = AFTER, .value = NULL},
    {.name = "an empty certificate", .text = AFTER, .value = ""},
    {.name = "no names to be had", .text = SAN, .value = NULL},
    {.name = "no names", .text = SAN, .value = ""},
    {.name = "nothing can be had", .broken = true},
};

static void
set_up(const char *verdict)
{
	exim_set("$domain", "a.example");
	exim_set("$host", "mx1.a.example");
	exim_set(SAN, "*.a.example"); /* no name that is not asked about */
	exim_set(AFTER, "9999999999");
	service_answer("policy a.example ", NONE);
	service_answer("verdict a.example ", verdict);
	service_answer("covers mx1.a.example ", "STS1 yes\n");
	service_answer("result ", "STS1 ok\n");
}

static const char *
call(const char *word, const char *options)
{
	static char words[256];

	snprintf(words, sizeof(words), "%s on_unavailable=deliver socket=%s %s",
	    word, service_path(), options == NULL ? "" : options);
	return exim_call(words);
}

static const char *
event(const char *name, const char *data, const char *options)
{
	const char *yield;

	exim_set("$event_name", name);
	exim_set("$event_data", data);
	yield = call("", options);
	exim_set("$event_name", "");
	return yield;
}

/* Both spellings of the last event's data: what cannot be read is it, too. */
static void
refused_or_not(const void *arg)
{
	const struct spoiled *s = arg;

	set_up("STS1 match a.example mode=enforce host=mx1.a.example\n");
	CHECK(event("tcp:connect", "", NULL)[0] == '\0');
	CHECK(strcmp(call("names", NULL), "*") == 0);
	CHECK(strcmp(call("verify", NULL), "*") == 0);
	CHECK(call("names", NULL)[0] == '\0');
	CHECK(event("tls:cert", "1", NULL)[0] == '\0');
	if (s->covers != NULL)
		service_answer("covers mx1.a.example ", s->covers);
	if (s->text != NULL)
		exim_set(s->text, s->value);
	exim_later(s->later);
	exim_break(s->broken);
	CHECK((event("tls:cert", "0", s->options)[0] == '\0') == s->passes);
	CHECK((event("tls:cert", "", s->options)[0] == '\0') == s->passes);
	CHECK((event("tls:cert", NULL, s->options)[0] == '\0') == s->passes);
	exim_log();
}

/* What the policy and the certificate name itself is not asked about. */
static void
the_very_name(const void *arg)
{
	(void)arg;
	set_up("STS1 mismatch a.example mode=enforce host=x\n");
	service_answer("policy a.example ",
	    "STS1 policy a.example mode=enforce id=1 mx=*.x,Mx1.a.example\n");
	exim_set(SAN, "other.example:MX1.A.example");
	call("ignore", "rest=+rest");
	service_asked();
	CHECK(event("tcp:connect", "", NULL)[0] == '\0');
	CHECK(strcmp(call("verify", NULL), "*") == 0);
	CHECK(call("names", NULL)[0] == '\0');
	CHECK(event("tls:cert", "0", NULL)[0] == '\0');
	CHECK(service_asked()[0] == '\0');
	exim_set("$host", "*.x"); /* is a pattern, and no such name */
	CHECK(event("tcp:connect", "", NULL)[0] != '\0');
	CHECK(strstr(service_asked(), "verdict a.example *.x ") != NULL);
	exim_log();
}

static void
no_question_for_it(void **state)
{
	(void)state;
	assert_int_equal(fake_case(the_very_name, NULL), 0);
}

static void
only_a_good_name_passes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++)
		if (fake_case(refused_or_not, &spoils[i]) != 0)
			fail_msg("%s", spoils[i].name);
}

/*
 * Exim goes on to TLS after tcp:connect refused, and our list demands a
 * certificate: with no name to check it by, none is good.
 */
static void
demanded_without_names(const void *arg)
{
	set_up(arg);
	service_answer("policy ", "STS1 temp a.example reason=x\n");
	CHECK(event("tcp:connect", "", NULL)[0] != '\0');
	CHECK(strcmp(call("verify", NULL), "*") == 0);
	CHECK(strcmp(call("names", NULL), "*") == 0);
	CHECK(event("tls:cert", "1", NULL)[0] == '\0');
	CHECK(event("tls:cert", "0", NULL)[0] != '\0');
	exim_log();
}

static void
no_names_no_pass(void **state)
{
	(void)state;
	assert_int_equal(
	    fake_case(demanded_without_names,
		"STS1 mismatch a.example mode=enforce host=mx1.a.example\n"),
	    0);
	assert_int_equal(
	    fake_case(demanded_without_names, "STS1 temp a.example reason=x\n"),
	    0);
}

/* Elsewhere the name is Exim's to check, and what it says is its own matter. */
static void
left_to_exim(const void *arg)
{
	set_up(arg);
	service_answer("covers mx1.a.example ", "STS1 no\n");
	CHECK(event("tcp:connect", "", NULL)[0] == '\0');
	call("verify", NULL);
	CHECK(strcmp(call("names", NULL), "*") == 0);
	CHECK(event("tls:cert", "0", NULL)[0] == '\0');
}

/* What one connection was told does not hold for the next one. */
static void
next_connection(const void *arg)
{
	(void)arg;
	set_up("STS1 match a.example mode=enforce host=mx1.a.example\n");
	event("tcp:connect", "", NULL);
	call("verify", NULL);
	CHECK(call("names", NULL)[0] == '\0');
	CHECK(event("tcp:connect", "", NULL)[0] == '\0');
	CHECK(strcmp(call("names", NULL), "*") == 0);
}

static void
names_elsewhere(void **state)
{
	(void)state;
	assert_int_equal(fake_case(left_to_exim, NONE), 0);
	assert_int_equal(
	    fake_case(left_to_exim,
		"STS1 match a.example mode=testing host=mx1.a.example\n"),
	    0);
	assert_int_equal(fake_case(next_connection, NULL), 0);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_question_for_it),
	    cmocka_unit_test(only_a_good_name_passes),
	    cmocka_unit_test(no_names_no_pass),
	    cmocka_unit_test(names_elsewhere),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	exim_load(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
