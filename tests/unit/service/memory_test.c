/* SPDX-License-Identifier: ISC */
/* No memory for an answer: the client gets none, and never another's. */
#include "world.h"

#define PING "STS1 ping\n"
#define PONG "STS1 pong " STS_VERSION "\n"

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

static int fails;          /* so many of the next */
static int passes;         /* so many before them */
static size_t size = 4096; /* that want so much: a buffer's first */

void *
__wrap_realloc(void *p, size_t n)
{
	if (fails > 0 && n == size && passes-- <= 0) {
		fails--;
		return NULL;
	}
	return __real_realloc(p, n);
}

/* An answer that waited: what is behind it must not take its place. */
static void
test_held(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	world_write(world, fd, "STS1 policy slow.example\n" PING);
	world_expect(world, fd, "");
	fails = 2; /* the answer, and that there is none */
	world_pass(world, 1000);
	assert_int_equal(fails, 0);
	world_expect_end(world, fd, "");
	world_free(world);
}

/* Memory for the short answer: that is one. */
static void
test_held_short(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	world_write(world, fd, "STS1 policy slow.example\n" PING);
	fails = 1;
	world_pass(world, 1000);
	world_expect(world, fd, "STS1 temp - reason=answer-too-long\n" PONG);
	close(fd);
	world_free(world);
}

/* Answered at once, at the beginning or in the middle of what is written: the
 * answers behind it do not move up. */
static void
test_at_once(void **state)
{
	char asked[20000];

	(void)state;
	for (size = 4096; size <= 16384; size *= 2) {
		struct world *world = world_new();
		int fd = world_connect(world, false), i;

		asked[0] = '\0';
		for (i = 0; i < 400; i++)
			strcat(asked, PING "STS1 frobnicate\n");
		fails = 2;
		world_write(world, fd, asked);
		assert_int_equal(fails, 0);
		world_expect_end(world, fd, "");
		world_free(world);
	}
	size = 4096;
}

/* Answers that waited are lost on the way out: those behind do not move up. */
static void
test_moved(void **state)
{
	struct world *world = world_new();
	char asked[4000] = "STS1 policy slow.example\n";
	int fd = world_connect(world, false), i;

	(void)state;
	world_rule(world, "slow.example slow=1000");
	for (i = 0; i < 80; i++) /* more than are taken at once */
		strcat(asked, "STS1 frobnicate\n");
	world_write(world, fd, asked);
	passes = 1; /* the answer, but not to write it */
	fails = 1;
	world_pass(world, 1000);
	assert_int_equal(fails, 0);
	world_expect_end(world, fd, "");
	passes = 0;
	world_free(world);
}

/* Not even that it is worked on can be said. */
static void
test_wait(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	fails = 1;
	world_write(world, fd, "STS1 policy slow.example progress\n");
	assert_int_equal(fails, 0);
	world_expect_end(world, fd, "");
	world_pass(world, 2000);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_held_short),
	    cmocka_unit_test(test_at_once),
	    cmocka_unit_test(test_moved),
	    cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
