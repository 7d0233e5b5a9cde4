/* SPDX-License-Identifier: ISC */
/* Who asks for reports: looked up beside the answers, a few at once, as long
 * as it holds. What is answered is in docs/protocol.md. */
#include "world.h"

/* On a connection of its own: long silence closes one. */
static void
ask(struct world *world, const char *domain, const char *tell)
{
	int fd = world_connect(world, false);
	char line[600];

	snprintf(line, sizeof(line), "STS1 hosts %s tell\n", domain);
	world_write(world, fd, line);
	snprintf(line, sizeof(line), "STS1 hosts %s none%s\n", domain, tell);
	world_expect(world, fd, line);
	close(fd);
	world_pump(world);
}

/* As many as there are looks at once; nobody waits for one. */
static void
a_burst(void **state)
{
	struct world *world = world_new_counting();
	char name[40];
	int i, round;

	(void)state;
	world_rule(world, "* tlsrpt=other tlsrpt-slow=1000");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		ask(world, name, " tell");
	}
	assert_int_equal(world->tlsrpt_asked, 16);
	ask(world, "d3.example", " tell");
	assert_int_equal(world->tlsrpt_asked, 16);
	world_pass(world, 1000);
	ask(world, "d3.example", "");
	assert_int_equal(world->tlsrpt_asked, 16);
	for (round = 0; round < 7; round++) {
		for (i = 0; i < 100; i++) {
			snprintf(name, sizeof(name), "d%d.example", i);
			ask(world, name, i < 16 * (round + 1) ? "" : " tell");
		}
		world_pass(world, 1000);
	}
	assert_int_equal(world->tlsrpt_asked, 100);
	/* 16 are on their way as all of it ends. */
	world_pass(world, 3600000);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		ask(world, name, " tell");
	}
	world_free(world);
}

/* The TTL holds, between a minute and an hour; trouble holds for a minute. */
static void
how_long(void **state)
{
	struct world *world = world_new_counting();

	(void)state;
	world_rule(world, "short.example tlsrpt=other tlsrpt-ttl=1");
	world_rule(world, "mean.example tlsrpt=other tlsrpt-ttl=300");
	world_rule(world, "long.example tlsrpt=other tlsrpt-ttl=4294967295");
	world_rule(world, "bad.example tlsrpt=servfail");
	ask(world, "short.example", "");
	ask(world, "mean.example", "");
	ask(world, "long.example", "");
	ask(world, "bad.example", " tell");
	assert_int_equal(world->tlsrpt_asked, 4);
	world_rule(world, "short.example tlsrpt=yes");
	world_rule(world, "mean.example tlsrpt=yes");
	world_rule(world, "long.example tlsrpt=yes");
	world_rule(world, "bad.example tlsrpt=other");
	world_pass(world, 59999);
	ask(world, "short.example", "");
	ask(world, "bad.example", " tell");
	assert_int_equal(world->tlsrpt_asked, 4);
	world_pass(world, 1);
	ask(world, "short.example", " tell");
	ask(world, "bad.example", "");
	world_pass(world, 239999);
	ask(world, "mean.example", "");
	world_pass(world, 1);
	ask(world, "mean.example", " tell");
	world_pass(world, 3299999);
	ask(world, "long.example", "");
	world_pass(world, 1);
	ask(world, "long.example", " tell");
	world_free(world);
}

/* The name of its record does not fit: it can have none. */
static void
too_long(void **state)
{
	struct world *world = world_new_counting();
	char name[300] = "";

	(void)state;
	while (strlen(name) < 240)
		strcat(name, "a23456789.");
	strcat(name, "abc");
	assert_int_equal(strlen(name), 243);
	ask(world, name, "");
	assert_int_equal(world->tlsrpt_asked, 0);
	world_free(world);
}

/* Reports are not for who may not tell, and cost who has none nothing. */
static void
not_asked(void **state)
{
	struct world *world = world_new_counting();
	int fd;

	(void)state;
	world_rule(world, "a.example tlsrpt=yes");
	if (getuid() != 0) {
		world->recording.n = 0;
		ask(world, "a.example", "");
	}
	fd = world_connect(world, false);
	world_write(world, fd, "STS1 hosts a.example\n");
	world_expect(world, fd, "STS1 hosts a.example none\n");
	assert_int_equal(world->tlsrpt_asked, 0);
	close(fd);
	world_pump(world);
	world_free(world);
	world = world_new();
	world_rule(world, "a.example tlsrpt=yes");
	ask(world, "a.example", "");
	assert_int_equal(world->tlsrpt_asked, 0);
	world_free(world);
}

/* A session without a policy ends nothing that "refused" began. */
static void
what_ends_it(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);
	const char *stance = "STS1 stance a.example mx.a.example tell\n";

	(void)state;
	world_rule(world, "a.example enforce id=1 mx=mx.a.example");
	world_write(world, fd, stance);
	world_expect(world, fd, "STS1 stance a.example mx.a.example enforce\n");
	world_write(world, fd, "STS1 refused a.example\n");
	world_expect(world, fd, "STS1 ok\n");
	world_expect_log(world, "refused domain=a.example");
	world_write(world, fd,
	    "STS1 result a.example result=success action=sent mode=none\n");
	world_expect(world, fd, "STS1 ok\n");
	world_write(world, fd, stance);
	world_expect(
	    world, fd, "STS1 stance a.example mx.a.example enforce tell\n");
	world_write(world, fd,
	    "STS1 result a.example result=success action=sent "
	    "mode=enforce\n");
	world_expect(world, fd, "STS1 ok\n");
	world_write(world, fd, stance);
	world_expect(world, fd, "STS1 stance a.example mx.a.example enforce\n");
	close(fd);
	world_pump(world);
	world_free(world);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_burst),
	    cmocka_unit_test(how_long),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(not_asked),
	    cmocka_unit_test(what_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
