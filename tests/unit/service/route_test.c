/* SPDX-License-Identifier: ISC */
/* Which host is told, how long it is kept, and whom it makes wait. */
#include "world.h"

static void
ask(struct world *world, int fd, const char *question, const char *want)
{
	world_write(world, fd, question);
	world_expect(world, fd, want);
}

/* The answer begins so; what it is, is not. */
static void
ask_begins(struct world *world, int fd, const char *question, const char *want)
{
	bool eof;
	char *got;

	world_write(world, fd, question);
	got = world_read(world, fd, &eof);
	if (strncmp(got, want, strlen(want)) != 0)
		fail_msg("want: %s\ngot: %s", want, got);
	free(got);
}

static size_t
times(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

/* Hosts of one preference at once, the next ones only when all failed (MX-3),
 * and then none, nor the domain's own address (APP-4, MX-7); each host once for
 * all domains (single flight). */
static void
test_preferences(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=*.shared.example "
			  "hosts=10:a.shared.example,10:b.shared.example,"
			  "20:c.shared.example,30:d.shared.example");
	world_rule(world, "b.example enforce mx=*.shared.example "
			  "hosts=10:a.shared.example");
	world_probe(world, "a.shared.example unreachable connect 300");
	world_probe(world, "b.shared.example starttls-not-supported - 400");
	world_probe(world, "c.shared.example good 100");
	world_write(world, fd, "STS1 route a.example\nSTS1 route b.example\n");
	assert_string_equal(
	    world->probed_hosts, "a.shared.example b.shared.example ");
	world_pass(world, 399);
	assert_int_equal(world->probed, 2);
	world_pass(world, 1);
	assert_int_equal(world->probed, 3);
	world_expect(world, fd, "");
	world_pass(world, 100);
	world_expect(world, fd,
	    "STS1 route a.example mode=enforce id=1 host=c.shared.example "
	    "until=1800000300\n"
	    "STS1 blocked b.example mode=enforce id=1 reason=unreachable "
	    "detail=a.shared.example:%20unreachable%20(connect) "
	    "until=1800000060\n");
	world_expect_log(world, "blocked domain=b.example");
	assert_int_equal(world->probed, 3);
	close(fd);
	world_free(world);
}

/* A busy domain never waits: the next route is looked for before this ends,
 * its host tried anew, and what fails then is told at once. */
static void
test_refresh(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false), i;

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:mx.a.example,20:b.a.example");
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
	    "until=1800000300\n");
	world_probe(world, "mx.a.example good 1000");
	for (i = 0; i < 4; i++) {
		world_pass(world, 49000);
		ask(world, fd, "STS1 route a.example now\n",
		    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
		    "until=1800000300\n");
		assert_int_equal(world->probed, 1);
	}
	world_pass(world, 5000); /* 201 s: within its last third */
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
	    "until=1800000300\n");
	assert_int_equal(world->probed, 2);
	world_pass(world, 1000);
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
	    "until=1800000502\n");
	world_probe(world, "mx.a.example certificate-expired");
	world_pass(world, 250000);
	ask_begins(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example ");
	world_pass(world, 1);
	ask_begins(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=1 host=b.a.example ");
	close(fd);
	world_free(world);
}

/* Nobody asked for a long time: the host that was found then will do for who
 * cannot wait, while it is tried anew; who can, waits. */
static void
test_stale(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=mx.a.example "
			  "hosts=10:mx.a.example");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	close(fd);
	world_pass(world, 400000);
	fd = world_connect(world, false);
	world_probe(world, "mx.a.example unreachable connect 500");
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
	    "until=1800000405\n");
	ask(world, fd, "STS1 route a.example\n", "");
	world_pass(world, 500);
	world_expect(world, fd,
	    "STS1 blocked a.example mode=enforce id=1 reason=unreachable "
	    "detail=mx.a.example:%20unreachable%20(connect) "
	    "until=1800000460\n");
	world_expect_log(world, "blocked domain=a.example");
	world_pass(world, 61000);
	ask_begins(world, fd, "STS1 route a.example now\n",
	    "STS1 temp a.example reason=probing mode=enforce id=1\n");
	world_probe(world, "mx.a.example good");
	world_pass(world, 61000);
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	close(fd);
	world_pass(world, 4000000); /* now it will not do */
	fd = world_connect(world, false);
	ask_begins(world, fd, "STS1 route a.example now\n",
	    "STS1 temp a.example reason=probing mode=enforce id=1\n");
	world_free(world);
}

/* Our own limits are not the domain's failure, and are not kept; nor is DNS
 * that fails no MX record (MX-7). */
static void
test_local(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:mx.a.example,20:b.a.example");
	world_probe(world, "mx.a.example local busy");
	world_probe(world, "b.a.example certificate-expired");
	ask_begins(world, fd, "STS1 policy a.example\n", "STS1 policy ");
	world_pass(world, 70000);
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 temp a.example reason=busy detail=mx.a.example:%20untried"
	    "%20(busy);%20b.a.example:%20certificate-expired mode=enforce "
	    "id=1\n");
	assert_int_equal(world->txt_asked, 1); /* nothing was refused */
	world_probe(world, "mx.a.example good");
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
	    "until=1800000370\n");
	/* What cannot be found out later does not undo it. */
	world_pass(world, 201000);
	world_rule(world, "a.example enforce mx=*.a.example hosts=10:x "
			  "hosts-dns=servfail");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	world_pass(world, 1000);
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	world_pass(world, 99000);
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 temp a.example reason=dns-servfail detail=mx mode=enforce "
	    "id=1\n");
	close(fd);
	world_free(world);
}

/* MX-3, RFC 5321 section 5.1: what is not better than we are is left out. */
static void
test_own(void **state)
{
	static const char *const own[] = {"us.example", "MX.us.example"};
	struct world *world = world_new();
	int fd;

	(void)state;
	world->config.own_hosts = own;
	world->config.n_own_hosts = 2;
	sts_service_configure(world->service, &world->config);
	fd = world_connect(world, false);
	world_rule(world,
	    "a.example enforce mx=*.a.example,mx.us.example "
	    "hosts=10:a.a.example,20:mx.us.example,20:b.a.example,"
	    "30:c.a.example");
	world_rule(world, "b.example enforce mx=*.b.example,mx.us.example "
			  "hosts=10:mx.us.example,10:b.b.example");
	world_probe(world, "a.a.example unreachable connect");
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 blocked a.example mode=enforce id=1 reason=unreachable "
	    "detail=a.a.example:%20unreachable%20(connect) "
	    "until=1800000060\n");
	world_expect_log(world, "blocked domain=a.example");
	ask(world, fd, "STS1 route b.example\n",
	    "STS1 temp b.example reason=own-mx mode=enforce id=1\n");
	world_rule(world, "c.example hosts=10:mx.us.example");
	ask(world, fd, "STS1 route c.example mx\n",
	    "STS1 temp c.example reason=own-mx\n");
	assert_string_equal(world->probed_hosts, "a.a.example ");
	close(fd);
	world_free(world);
}

/* The same by address. */
static void
test_own_address(void **state)
{
	static const char *const own[] = {"2001:db8::1", "192.0.2.7"};
	struct world *world = world_new();
	int fd;

	(void)state;
	world->config.own_hosts = own;
	world->config.n_own_hosts = 2;
	sts_service_configure(world->service, &world->config);
	fd = world_connect(world, false);
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:a.a.example,20:seven.a.example,"
			  "20:b.a.example,30:c.a.example");
	world_rule(world, "b.example enforce mx=*.b.example "
			  "hosts=10:seven.b.example,20:a.b.example");
	world_rule(world, "null.example enforce mx=null.example hosts=.");
	world_probe(world, "a.a.example unreachable connect");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 blocked ");
	world_expect_log(world, "blocked domain=a.example");
	ask(world, fd, "STS1 route b.example\n",
	    "STS1 temp b.example reason=own-mx mode=enforce id=1\n");
	ask_begins(world, fd, "STS1 route null.example\n",
	    "STS1 blocked null.example mode=enforce id=1 reason=null-mx ");
	world_expect_log(world, "blocked domain=null.example");
	assert_string_equal(world->probed_hosts, "a.a.example ");
	close(fd);
	world_free(world);
}

/* Testing: mail goes on before any host is tried; the log has the rest. */
static void
test_testing(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false), i;

	(void)state;
	world_rule(world, "a.example testing mx=mx.a.example "
			  "hosts=10:mx.a.example,20:evil.example");
	world_probe(world, "mx.a.example certificate-not-trusted why 2000");
	for (i = 0; i < 5; i++)
		ask(world, fd, "STS1 route a.example\n",
		    "STS1 none a.example state=fresh reason=mode-testing\n");
	assert_int_equal(world->probed, 1);
	world_pass(world, 2000);
	assert_int_equal(times(world->log, "would-refuse"), 1);
	world_expect_log(world,
	    "would-refuse domain=a.example id=1 reason=certificate-not-trusted "
	    "detail=\"mx.a.example: certificate-not-trusted (why); "
	    "evil.example: mta-sts-mx-mismatch\"");
	world_pass(world, 61000); /* the same again: not said again */
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 none a.example state=fresh reason=mode-testing\n");
	world_pass(world, 2000);
	assert_int_equal(world->probed, 2);
	close(fd);
	world_free(world);
}

/* Testing: enforced, mail would not go to its first MX but to the next. */
static void
test_testing_first(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example testing mx=*.a.example "
			  "hosts=10:evil.example,20:old.a.example,"
			  "30:mx.a.example");
	world_rule(world, "b.example testing mx=*.b.example "
			  "hosts=10:evil.example,20:mx.b.example");
	world_rule(world, "c.example testing mx=*.c.example "
			  "hosts=10:gone.c.example,20:mx.c.example");
	world_probe(world, "old.a.example certificate-expired");
	world_probe(world, "gone.c.example unreachable connect");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 none ");
	world_expect_log(world,
	    "would-refuse domain=a.example id=1 reason=certificate-expired "
	    "detail=\"evil.example: mta-sts-mx-mismatch; "
	    "old.a.example: certificate-expired\" left=\"mx.a.example\" "
	    "rule=\"RFC 8461 section 5.2\"");
	ask_begins(world, fd, "STS1 route b.example\n", "STS1 none ");
	world_expect_log(world,
	    "would-refuse domain=b.example id=1 reason=mta-sts-mx-mismatch "
	    "detail=\"evil.example: mta-sts-mx-mismatch\" "
	    "left=\"mx.b.example\"");
	/* Not reached: without a policy mail would go to the next, too. */
	ask_begins(world, fd, "STS1 route c.example\n", "STS1 none ");
	close(fd);
	world_free(world);
}

/* APP-3: before mail is blocked, the TXT record is read; a new policy counts.
 */
static void
test_recheck(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);
	size_t asked;

	(void)state;
	world_rule(world, "a.example enforce mx=mx.a.example "
			  "hosts=10:mx.a.example");
	world_rule(world, "b.example enforce mx=mx.b.example "
			  "hosts=10:mx.b.example");
	ask_begins(world, fd, "STS1 policy a.example\n", "STS1 policy ");
	ask_begins(world, fd, "STS1 policy b.example\n", "STS1 policy ");
	world_pass(world, 70000);
	asked = world->txt_asked;
	world_rule(world, "a.example enforce id=2 mx=new.a.example "
			  "hosts=10:new.a.example");
	world_rule(world, "b.example testing id=2 mx=mx.b.example "
			  "hosts=10:new.b.example");
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 route a.example mode=enforce id=2 host=new.a.example "
	    "until=1800000370\n");
	assert_int_equal(world->txt_asked, asked + 1);
	ask(world, fd, "STS1 route b.example\n",
	    "STS1 none b.example state=fresh reason=mode-testing\n");
	world_expect_log(world, "would-refuse domain=b.example");
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_preferences),
	    cmocka_unit_test(test_refresh),
	    cmocka_unit_test(test_stale),
	    cmocka_unit_test(test_local),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_own_address),
	    cmocka_unit_test(test_testing),
	    cmocka_unit_test(test_testing_first),
	    cmocka_unit_test(test_recheck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
