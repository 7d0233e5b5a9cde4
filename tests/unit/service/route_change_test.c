/* SPDX-License-Identifier: ISC */
/* What changes a route that is kept; ends; many. */
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

/* A new policy counts at once, whatever is kept. */
static void
test_new_policy(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);
	int admin = world_connect(world, true);

	(void)state;
	world_rule(world, "a.example enforce mx=mx.a.example "
			  "hosts=10:mx.a.example,20:b.a.example");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	world_rule(world, "a.example enforce id=2 mx=b.a.example "
			  "hosts=10:mx.a.example,20:b.a.example");
	ask_begins(world, admin, "STS1 refresh a.example\n", "STS1 policy ");
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 temp a.example reason=probing mode=enforce id=2\n");
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=2 host=b.a.example "
	    "until=1800000300\n");
	world_rule(world, "a.example none id=3");
	ask_begins(world, admin, "STS1 refresh a.example\n", "STS1 policy ");
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 none a.example state=fresh reason=mode-none\n");
	world->log[0] = '\0'; /* that it is weaker now */
	close(admin);
	close(fd);
	world_free(world);
}

/* No probing: the first that is allowed, then the next after a failure. */
static void
test_no_probe(void **state)
{
	static const char *const hosts[] = {"a", "b", "c", "a"};
	struct world *world = world_new();
	char text[200];
	size_t i;
	int fd;

	(void)state;
	world->config.probe = false;
	sts_service_configure(world->service, &world->config);
	fd = world_connect(world, false);
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:evil.example,20:a.a.example,"
			  "30:b.a.example,30:c.a.example");
	for (i = 0; i < 4; i++) {
		snprintf(text, sizeof(text),
		    "STS1 route a.example mode=enforce id=1 host=%s.a.example ",
		    hosts[i]);
		ask_begins(world, fd, "STS1 route a.example\n", text);
		world_pass(world, 1000);
		snprintf(text, sizeof(text),
		    "STS1 result a.example result=unreachable action=failed "
		    "host=%s.a.example\n",
		    hosts[i]);
		ask(world, fd, text, "STS1 ok\n");
	}
	assert_int_equal(world->probed, 0);
	close(fd);
	world_free(world);
}

/* Who says that deliveries fail does not make us try without end. */
static void
test_doubt(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false), i;

	(void)state;
	world_rule(world, "a.example enforce mx=*.a.example "
			  "hosts=10:mx.a.example");
	world_rule(world, "b.example enforce mx=*.a.example "
			  "hosts=10:mx.a.example");
	ask_begins(world, fd, "STS1 route b.example\n", "STS1 route ");
	for (i = 0; i < 100; i++) {
		ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
		ask(world, fd,
		    "STS1 result a.example result=unreachable action=failed "
		    "host=mx.a.example\n",
		    "STS1 ok\n");
		world_pass(world, 100);
	}
	assert_in_range(world->probed, 1, 2);
	/* Others that it was told for look again, too. */
	world_pass(world, 20000);
	ask(world, fd,
	    "STS1 result a.example result=validation-failure action=failed "
	    "host=mx.a.example\n",
	    "STS1 ok\n");
	world_probe(world, "mx.a.example unreachable");
	ask_begins(world, fd, "STS1 route b.example\n", "STS1 blocked ");
	world_expect_log(world, "blocked domain=b.example");
	close(fd);
	world_free(world);
}

/* Of equal hosts the one that failed comes last; RFC 5321 section 5.1. */
static void
test_equal(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce max_age=100 mx=*.a.example "
			  "hosts=10:a.a.example,10:b.a.example");
	ask(world, fd, "STS1 route a.example\n",
	    "STS1 route a.example mode=enforce id=1 host=a.a.example "
	    "until=1800000100\n"); /* no longer than the policy */
	world_pass(world, 20000);
	ask(world, fd,
	    "STS1 result a.example result=unreachable action=failed "
	    "host=A.a.example.\n",
	    "STS1 ok\n");
	ask_begins(world, fd, "STS1 route a.example\n",
	    "STS1 route a.example mode=enforce id=1 host=b.a.example ");
	close(fd);
	world_free(world);
}

/* The policy is not at hand, as its TXT record has to be read first: what is
 * kept will do, unless there is an override that it may not be by. */
static void
test_policy_away(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=mx.a.example "
			  "hosts=10:mx.a.example");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	ask(world, fd, "STS1 refused a.example\n", "STS1 ok\n");
	world_expect_log(world, "refused domain=a.example");
	world_pass(world, 70000);
	world_rule(world, "a.example enforce mx=mx.a.example slow=900 "
			  "hosts=10:mx.a.example");
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 route a.example mode=enforce id=1 host=mx.a.example "
	    "until=1800000300\n");
	world_config(world, "override \"a.example\" { mode = \"testing\" }");
	ask(world, fd, "STS1 route a.example now\n",
	    "STS1 temp a.example reason=not-known\n");
	close(fd);
	world_free(world);
}

/* A reload takes effect with the next answer, from memory, too. */
static void
test_reload(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=mx.a.example "
			  "hosts=10:mx.a.example");
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	world_config(world, "override \"a.example\" { mode = \"testing\" }");
	ask_begins(world, fd, "STS1 route a.example now\n",
	    "STS1 none a.example state=fresh reason=mode-testing "
	    "override=testing ");
	world_no_config(world);
	ask_begins(world, fd, "STS1 route a.example\n", "STS1 route ");
	world_file(
	    world, "p version: STSv1|mode: enforce|mx: x.example|max_age: 1|");
	world_config(world, "override \"a.example\" { policy = \"DIR/p\" }");
	ask_begins(world, fd, "STS1 route a.example\n",
	    "STS1 blocked a.example mode=enforce id=pinned ");
	world_expect_log(world, "blocked domain=a.example");
	world_file(world,
	    "p version: STSv1|mode: enforce|mx: mx.a.example|max_age: 1|");
	world_no_config(world);
	world_config(world, "override \"a.example\" { policy = \"DIR/p\" }");
	ask_begins(world, fd, "STS1 route a.example\n",
	    "STS1 route a.example mode=enforce id=pinned host=mx.a.example ");
	close(fd);
	world_free(world);
}

/* Clients go, searches go on; the service ends while they do. */
static void
test_ends(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "a.example enforce mx=mx.a.example "
			  "hosts=10:mx.a.example hosts-slow=100");
	world_rule(world, "b.example enforce mx=mx.b.example slow=50000");
	world_probe(world, "mx.a.example good 5000");
	world_write(world, fd,
	    "STS1 route a.example progress\nSTS1 route b.example\n"
	    "STS1 route a.example\n");
	world_expect(world, fd, "STS1 wait\n");
	close(fd);
	world_pass(world, 5100);
	fd = world_connect(world, false);
	ask_begins(
	    world, fd, "STS1 route a.example now\n", "STS1 route a.example ");
	world_rule(world, "c.example enforce mx=*.c.example "
			  "hosts=10:a.c.example,10:b.c.example");
	world_probe(world, "a.c.example good 5000");
	world_probe(world, "b.c.example good 5000");
	world_write(world, fd, "STS1 route c.example\n");
	world_free(world);
	close(fd);
}

/* 10,000 domains are known: each is answered at once, in one turn. */
#define DOMAINS 10000

static void
test_many(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false), i;
	char text[100], got[200];
	ssize_t n;

	(void)state;
	world_rule(
	    world, "* enforce mx=mx.many.example hosts=10:mx.many.example");
	for (i = 0; i < DOMAINS; i++) {
		snprintf(text, sizeof(text), "STS1 route d%d.example\n", i);
		send(fd, text, strlen(text), 0);
		event_base_loop(world->base, EVLOOP_NONBLOCK);
		world_pass(world, 0);
		assert_true(recv(fd, got, sizeof(got), 0) > 60);
	}
	assert_int_equal(world->probed, 1);
	for (i = 0; i < DOMAINS; i++) {
		snprintf(text, sizeof(text), "STS1 route d%d.example now\n",
		    i * 7919 % DOMAINS);
		send(fd, text, strlen(text), 0);
		event_base_loop(world->base, EVLOOP_NONBLOCK);
		n = recv(fd, got, sizeof(got), MSG_DONTWAIT);
		assert_true(n > 60);
		text[strlen(text) - strlen("now\n")] = '\0';
		assert_memory_equal(got, text, strlen(text));
	}
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_new_policy),
	    cmocka_unit_test(test_no_probe),
	    cmocka_unit_test(test_doubt),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_policy_away),
	    cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
