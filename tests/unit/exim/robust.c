/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"

#define NONE    "STS1 none a.example state=negative reason=no-record\n"
#define ENFORCE "STS1 policy a.example mode=enforce id=1 mx=mx1.a.example\n"
#define MANY    200000

static const char *
list(const char *options)
{
	char words[256];

	snprintf(words, sizeof(words), "socket=%s %s", service_path(), options);
	return exim_call(words);
}

static int
asked_times(const char *question)
{
	const char *p = service_asked();
	int n = 0;

	for (; (p = strstr(p, question)) != NULL; p++)
		n++;
	return n;
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
odd_arguments(const void *arg)
{
	static unsigned char big[MANY];
	unsigned char empty[] = "";
	unsigned char guard[] = "guard";
	unsigned char control[] = "\001\377%s%n";
	unsigned char none[] = "socket=";
	unsigned char *lines[] = {empty, NULL, big, control, none};
	unsigned char *guards[] = {big, guard, empty, NULL};
	unsigned char *many[32];
	size_t i;

	(void)arg;
	memset(big, 'x', sizeof(big) - 1);
	exim_set("$domain", "a.example");
	CHECK(strcmp(exim_call_raw(0, NULL), "*") == 0);
	CHECK(strcmp(exim_call_raw(-1, NULL), "*") == 0);
	CHECK(strcmp(exim_call_raw(3, NULL), "*") == 0);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK(strcmp(exim_call_raw(1, &lines[i]), "*") == 0);
	CHECK(strcmp(exim_call_raw(4, guards), "false") == 0);
	for (i = 0; i < 32; i++)
		many[i] = empty;
	CHECK(strcmp(exim_call_raw(32, many), "*") == 0);
	exim_log();
}

/* Wrong words in an event: what can be refused is. */
static void
odd_event(const void *arg)
{
	(void)arg;
	exim_set("$domain", "a.example");
	exim_set("$host", "mx1.a.example");
	service_answer("", NONE);
	exim_set("$event_name", "tcp:connect");
	CHECK(list("")[0] == '\0');
	CHECK(list("sokcet=x")[0] != '\0');
	CHECK(list("on_unavailable=")[0] != '\0');
	CHECK(list("domain=")[0] != '\0');
	exim_set("$event_name", "tls:cert");
	CHECK(list("sokcet=x")[0] != '\0');
	exim_set("$event_name", "tcp:close");
	CHECK(list("sokcet=x")[0] == '\0');
	exim_log();
}

static void
every_hook(bool refused)
{
	static const char *words[] = {"", "require", "verify", "ignore"};
	size_t i;

	for (i = 0; i < 4; i++)
		CHECK(strcmp(list(words[i]), refused ? "*" : "") == 0);
	CHECK((exim_event("tcp:connect", "")[0] != '\0') == refused);
	CHECK(exim_event("msg:host:defer", "")[0] == '\0');
	exim_log();
}

static void
odd_values(const void *arg)
{
	static char big[MANY];
	static const char *names[] = {"", "a b", "a\nrefused b.example", big,
	    "\377\376", "[192.0.2.1]", "%00", "${run{x}}"};
	size_t i;

	(void)arg;
	memset(big, 'x', sizeof(big) - 1);
	service_answer("", "STS1 error syntax text=x\n");
	exim_set("$domain", "a.example");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		exim_set("$host", names[i]);
		CHECK(exim_event("tcp:connect", "")[0] != '\0');
	}
	exim_set("$host", "mx1.a.example");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		exim_set("$domain", names[i]);
		every_hook(true);
	}
	/* Where the policy names another host, names go into lookups. */
	service_answer("verdict ", "STS1 mismatch a.example mode=enforce\n");
	exim_later(61);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		exim_set("$domain", names[i]);
		CHECK(exim_event("tcp:connect", "")[0] != '\0');
	}
	CHECK(strstr(service_asked(), "\nrefused ") == NULL);
	exim_break(true);
	for (i = 0; i < 4; i++)
		CHECK(strcmp(list(""), "*") == 0);
	CHECK(strcmp(exim_call("guard"), "false") == 0);
	exim_log();
}

static void
always_ok(void **state)
{
	(void)state;
	assert_int_equal(fake_case(odd_arguments, NULL), 0);
	assert_int_equal(fake_case(odd_event, NULL), 0);
	assert_int_equal(fake_case(odd_values, NULL), 0);
}

/* One question serves a delivery, its children too, for a minute. */
static void
remembers(const void *arg)
{
	int status;
	pid_t child;

	(void)arg;
	exim_set("$domain", "a.example");
	service_answer("policy a.example ", ENFORCE);
	service_answer("verdict a.example - ",
	    "STS1 mismatch a.example mode=enforce host=- id=1\n");
	list("ignore");
	list("require");
	list("verify");
	CHECK(asked_times("policy a.example tell progress\n") == 1);
	service_answer("policy a.example ", NONE);
	child = fork();
	if (child == 0)
		_exit(strcmp(list("verify"), "*") == 0 ? 0 : 1);
	waitpid(child, &status, 0);
	CHECK(status == 0);
	CHECK(asked_times("policy") == 0);
	exim_later(61);
	CHECK(list("verify")[0] == '\0');
	CHECK(asked_times("policy a.example tell progress\n") == 1);
}

/* Many domains: the oldest is asked for again, no answer is mixed up. */
static void
remembers_the_right_one(const void *arg)
{
	static char names[40][16];
	size_t i;

	(void)arg;
	service_answer("policy a", NONE);
	service_answer("policy a.example ", ENFORCE);
	for (i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "a%zu.example", i);
		exim_set("$domain", names[i]);
		CHECK(list("")[0] == '\0');
		exim_set("$domain", "a.example");
		CHECK(strcmp(list(""), "*") == 0);
	}
	CHECK(strcmp(list("domain=a1.example"), "") == 0);
}

/* A temporary answer is kept for seconds only. */
static void
forgets_trouble(const void *arg)
{
	(void)arg;
	exim_set("$domain", "a.example");
	exim_set("$host", "mx1.a.example");
	service_answer("policy a.example ", "STS1 temp a.example reason=x\n");
	service_answer("verdict a.example ", "STS1 temp a.example reason=x\n");
	CHECK(strcmp(list("ignore"), "*") == 0);
	CHECK(exim_event("tcp:connect", "")[0] != '\0');
	CHECK(strcmp(list("verify"), "*") == 0);
	CHECK(asked_times("policy a.example") == 1);
	service_answer("policy a.example ", NONE);
	exim_later(6);
	CHECK(list("verify")[0] == '\0');
	exim_log();
}

/* Gone after it told of a policy: "deliver" does not undo what was told. */
static void
told_stays_told(const void *arg)
{
	static const char *verdicts[] = {
	    "STS1 match a.example mode=enforce host=mx1.a.example id=1\n",
	    "STS1 match a.example mode=testing host=mx1.a.example id=1\n"};
	const int *life = arg;
	size_t i;

	exim_set("$domain", "a.example");
	for (i = 0; i < 2; i++) {
		service_answer("result ", "STS1 ok\n");
		service_answer("verdict a.example ", verdicts[i]);
		exim_set("$host", "mx1.a.example");
		exim_set("$event_name", "tcp:connect");
		CHECK(list("on_unavailable=deliver")[0] == '\0');
		exim_later(*life);
		service_answer("verdict a.example ", "");
		service_answer("policy a.example ", "");
		exim_set("$host", "mx2.a.example");
		CHECK(list("on_unavailable=deliver")[0] != '\0');
		exim_set("$event_name", "");
		CHECK(strcmp(list("on_unavailable=deliver ignore"), "*") == 0);
		exim_later(61);
	}
	CHECK(strstr(exim_log(), "reason=service-unavailable") != NULL);
}

/* The same after a fault, and with more domains than are remembered. */
static void
told_is_not_forgotten(const void *arg)
{
	static char names[12][32];
	bool fault = arg != NULL;
	size_t i;

	exim_set("$domain", "a.example");
	service_answer("policy ", ENFORCE);
	CHECK(strcmp(list("on_unavailable=deliver"), "*") == 0);
	exim_later(61);
	if (fault)
		service_answer("policy ", "STS1 temp a.example reason=x\n");
	for (i = 0; i < (fault ? 1 : 12); i++) {
		snprintf(names[i], sizeof(names[i]), "a%zu.example", i);
		exim_set("$domain", fault ? "a.example" : names[i]);
		CHECK(strcmp(list("on_unavailable=deliver"), "*") == 0);
	}
	exim_later(61);
	service_answer("policy ", "");
	service_answer("verdict ", "");
	exim_set("$domain", "a.example");
	CHECK(strcmp(list("on_unavailable=deliver"), "*") == 0);
}

/* A service that is gone costs one wait, whatever is asked. */
static void
gone_costs_once(const void *arg)
{
	int i;

	(void)arg;
	exim_set("$domain", "a.example");
	service_answer("", "");
	for (i = 0; i < 20; i++)
		every_hook(true);
	exim_set("$domain", "b.example");
	every_hook(true);
	CHECK(asked_times("example") == 1);
	service_answer("", NONE);
	exim_later(6);
	CHECK(list("")[0] == '\0');
}

static void
one_lookup(void **state)
{
	(void)state;
	assert_int_equal(fake_case(remembers, NULL), 0);
	assert_int_equal(fake_case(remembers_the_right_one, NULL), 0);
	assert_int_equal(fake_case(forgets_trouble, NULL), 0);
	assert_int_equal(fake_case(gone_costs_once, NULL), 0);
	assert_int_equal(fake_case(told_stays_told, &(int){1}), 0);
	assert_int_equal(fake_case(told_stays_told, &(int){61}), 0);
	assert_int_equal(fake_case(told_is_not_forgotten, NULL), 0);
	assert_int_equal(fake_case(told_is_not_forgotten, "fault"), 0);
}

static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	CHECK(d != NULL);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
leaves_the_process_alone(const void *arg)
{
	struct sigaction before[NSIG] = {{.sa_flags = 0}};
	struct sigaction after;
	double start = seconds();
	int count = descriptors();
	int i;

	(void)arg;
	for (i = 1; i < NSIG; i++)
		sigaction(i, NULL, &before[i]);
	exim_set("$host", "mx1.a.example");
	service_answer("", "STS1 error verb text=x\n");
	for (i = 0; i < 50; i++) {
		exim_set("$domain", i % 2 ? "a.example" : "b.example");
		every_hook(true);
		exim_later(7);
	}
	/* The fake service, in this process, may be about to close its end. */
	while (descriptors() != count && seconds() - start < 5)
		sched_yield();
	CHECK(descriptors() == count);
	for (i = 1; i < NSIG; i++) {
		memset(&after, 0, sizeof(after));
		sigaction(i, NULL, &after);
		CHECK(before[i].sa_handler == after.sa_handler);
		CHECK(before[i].sa_flags == after.sa_flags);
	}
}

static void
undisturbed(void **state)
{
	(void)state;
	assert_int_equal(fake_case(leaves_the_process_alone, NULL), 0);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(always_ok),
	    cmocka_unit_test(one_lookup),
	    cmocka_unit_test(undisturbed),
	};

	if (argc != 2)
		return EXIT_FAILURE;
	exim_load(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
