/* SPDX-License-Identifier: ISC */
/* Which of the hosts that qualify is told, when one failed and when none did.
 */
#include "world.h"

static void
ask(struct world *world, int fd, const char *question, const char *want)
{
	world_write(world, fd, question);
	world_expect(world, fd, want);
}

/* route of a.example answers this host; where it has to be waited for, so long.
 */
static void
expect_host(struct world *world, int fd, const char *host, int64_t ms)
{
	char want[100];
	bool eof;
	char *got;

	snprintf(want, sizeof(want),
	    "STS1 route a.example mode=enforce id=1 host=%s ", host);
	world_write(world, fd, "STS1 route a.example\n");
	world_pass(world, ms);
	got = world_read(world, fd, &eof);
	if (strncmp(got, want, strlen(want)) != 0)
		fail_msg("want: %s\ngot: %s", want, got);
	free(got);
}

static void
failed(struct world *world, int fd, const char *host)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "STS1 result a.example result=validation-failure action=failed "
	    "host=%s\n",
	    host);
	ask(world, fd, text, "STS1 ok\n");
}

/* So long that an idle connection would be closed. */
static void
pass_long(struct world *world, int *fd, int64_t ms)
{
	close(*fd);
	world_pass(world, ms);
	*fd = world_connect(world, false);
}

/* Our try of the first is good and the mail server's is not: the next attempt
 * is for the next host, for an hour. */
static void
test_next_preference(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:a.a.example,20:b.a.example,"
			  "30:c.a.example");
	expect_host(world, fd, "a.a.example", 0);
	world_pass(world, 1000);
	failed(world, fd, "a.a.example");
	world->sink.least = STS_LOG_INFO;
	expect_host(world, fd, "b.a.example", 0);
	world->sink.least = STS_LOG_WARNING;
	world_expect_log(world,
	    "route domain=a.example id=1 mx=\"b.a.example\" "
	    "passed=\"a.a.example: delivery-failed\"");
	pass_long(world, &fd, 400000);
	failed(world, fd, "b.a.example");
	expect_host(world, fd, "c.a.example", 0);
	pass_long(world, &fd, 400000);
	failed(world, fd, "c.a.example");
	/* All of them failed: the one that failed first is next. */
	expect_host(world, fd, "a.a.example", 0);
	pass_long(world, &fd, 3600000);
	expect_host(world, fd, "a.a.example", 0);
	close(fd);
	world_free(world);
}

/* Of equal hosts the one that failed is not tried beside the others: it may
 * be the one that answers first. */
static void
test_failed_is_last(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:a.a.example,10:b.a.example");
	world_probe(world, "a.a.example good 10");
	world_probe(world, "b.a.example good 500");
	expect_host(world, fd, "a.a.example", 10);
	world_pass(world, 20000);
	failed(world, fd, "a.a.example");
	world_pass(world, 300000); /* b's try is old as well */
	expect_host(world, fd, "b.a.example", 500);
	world_pass(world, 300000);
	world_probe(world, "b.a.example unreachable connect 500");
	expect_host(world, fd, "a.a.example", 510);
	close(fd);
	world_free(world);
}

/* The mail server knows no domain, but the address. */
static void
test_address(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	ask(world, fd, "STS1 doubt 192.0.2.7\n", "STS1 ok\n");
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:seven.a.example,20:six.a.example,"
			  "30:b.a.example");
	expect_host(world, fd, "seven.a.example", 0);
	world_pass(world, 1000);
	ask(world, fd, "STS1 doubt 192.0.2.8\n", "STS1 ok\n");
	expect_host(world, fd, "seven.a.example", 0);
	ask(world, fd, "STS1 doubt 192.0.2.7\n", "STS1 ok\n");
	expect_host(world, fd, "six.a.example", 0);
	world_pass(world, 1000);
	ask(world, fd, "STS1 doubt 2001:DB8:0:0::6\n", "STS1 ok\n");
	expect_host(world, fd, "b.a.example", 0);
	ask(world, fd,
	    "STS1 doubt mx.a.example\nSTS1 doubt 192.0.2\nSTS1 doubt\n"
	    "STS1 doubt 11111111112222222222333333333344444444445555\n",
	    "STS1 error syntax text=want%20an%20IP%20address\n"
	    "STS1 error syntax text=want%20an%20IP%20address\n"
	    "STS1 error syntax text=too%20few%20or%20too%20many%20words\n"
	    "STS1 error syntax text=want%20an%20IP%20address\n");
	close(fd);
	world_free(world);
}

/* RFC 5321 section 5.1: of equal hosts not the fastest gets all the mail, but
 * who cannot wait is not made to. */
static void
test_not_the_fastest(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:a.a.example,10:b.a.example");
	world_probe(world, "a.a.example good 500");
	world_probe(world, "b.a.example good 10");
	expect_host(world, fd, "b.a.example", 10);
	world_pass(world, 201000); /* the next is looked for */
	expect_host(world, fd, "b.a.example", 0);
	world_pass(world, 10);
	expect_host(world, fd, "b.a.example", 0);
	world_pass(world, 490);
	expect_host(world, fd, "a.a.example", 0);
	/* One that fails then does not hide the other. */
	world_probe(world, "a.a.example unreachable connect 500");
	world_pass(world, 250000);
	expect_host(world, fd, "a.a.example", 0);
	world_pass(world, 500);
	expect_host(world, fd, "b.a.example", 0);
	close(fd);
	world_free(world);
}

/* A host that greets after our patience, as many do, has mail: a mail server
 * has more of it. But not while another is good, nor where only we are short of
 * something. */
static void
test_slow(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:seven.a.example,20:b.a.example,"
			  "30:c.a.example");
	world_probe(world, "seven.a.example slow timeout 500");
	world_probe(world, "b.a.example slow timeout 500");
	expect_host(world, fd, "c.a.example", 1000);
	world_probe(world, "c.a.example starttls-not-supported");
	pass_long(world, &fd, 400000);
	expect_host(world, fd, "seven.a.example", 1000);
	pass_long(world, &fd, 61000);
	ask(world, fd, "STS1 doubt 192.0.2.7\n", "STS1 ok\n");
	expect_host(world, fd, "b.a.example", 1000);
	failed(world, fd, "b.a.example");
	expect_host(world, fd, "seven.a.example", 1000);
	world_probe(world, "c.a.example local busy");
	pass_long(world, &fd, 400000);
	world_write(world, fd, "STS1 route a.example\n");
	world_pass(world, 1000);
	world_expect(world, fd,
	    "STS1 temp a.example reason=busy detail=c.a.example:%20untried"
	    "%20(busy);%20seven.a.example:%20slow%20(timeout);%20b.a.example:"
	    "%20slow%20(timeout) mode=enforce id=1\n");
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_next_preference),
	    cmocka_unit_test(test_failed_is_last),
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_not_the_fastest),
	    cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
