/* SPDX-License-Identifier: ISC */
/* No memory, at any place, and no room: never "none", and nothing is lost. */
#include "world.h"

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static int left = -1; /* so many succeed, then one fails; -1: all succeed */

static bool
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

/* One of all allocations of a question fails: temp, or an answer all the same;
 * and the next question is answered. */
static void
each_place(const char *rule, const char *question, const char *want)
{
	bool eof, failed = true;
	int i;

	for (i = 0; failed; i++) {
		struct world *world = world_new();
		int fd = world_connect(world, false);
		char *got;

		world_rule(world, rule);
		world_probe(world, "bad.a.example certificate-expired");
		got = world_read(world, fd, &eof); /* what a test needs */
		free(got);
		assert_int_equal(
		    send(fd, question, strlen(question), 0), strlen(question));
		left = i;
		world_pass(world, 0);
		failed = left < 0;
		left = -1;
		got = world_read(world, fd, &eof);
		if (got[0] != '\0' && strncmp(got, "STS1 temp ", 10) != 0 &&
		    strncmp(got, want, strlen(want)) != 0)
			fail_msg("%d: %s", i, got);
		assert_true(got[0] != '\0' || eof);
		free(got);
		close(fd);
		world->log[0] = '\0';
		world_pass(world, 70000);
		fd = world_connect(world, false);
		world_write(world, fd, question);
		got = world_read(world, fd, &eof);
		if (strncmp(got, want, strlen(want)) != 0)
			fail_msg("%d, then: %s", i, got);
		free(got);
		close(fd);
		world->log[0] = '\0';
		world_free(world);
	}
	print_message("%d places\n", i - 1);
	assert_true(i > 8);
}

static void
test_route(void **state)
{
	(void)state;
	each_place("a.example enforce mx=*.a.example "
		   "hosts=10:bad.a.example,20:b.a.example",
	    "STS1 route a.example\n", "STS1 route a.example mode=enforce ");
}

static void
test_blocked(void **state)
{
	(void)state;
	each_place("a.example enforce mx=*.a.example hosts=10:bad.a.example",
	    "STS1 route a.example\n", "STS1 blocked a.example mode=enforce ");
}

static void
test_none(void **state)
{
	(void)state;
	each_place("a.example hosts=10:mx.a.example",
	    "STS1 route a.example mx\n", "STS1 none a.example state=");
}

/* More domains and hosts than are kept: the longest unused go, and those that
 * are being worked on stay. */
static void
test_bounds(void **state)
{
	struct world *world = world_new();
	int fd, i;
	bool eof;
	char text[100], *got;

	(void)state;
	world->config.domains_max = 100;
	sts_service_configure(world->service, &world->config);
	fd = world_connect(world, false);
	world_rule(world, "* enforce mx=*.example");
	for (i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "STS1 route d%d.example\n", i);
		world_write(world, fd, text);
		got = world_read(world, fd, &eof);
		assert_memory_equal(got, "STS1 route d", 12);
		free(got);
	}
	close(fd);
	fd = world_connect(world, true);
	world_write(world, fd, "STS1 stats\n");
	got = world_read(world, fd, &eof);
	assert_non_null(strstr(got, "\"kept\":100,"));
	assert_non_null(strstr(got, "\"hosts\":100,"));
	free(got);
	close(fd);
	world_free(world);
}

/* All that are kept are being worked on. */
static void
test_busy(void **state)
{
	struct world *world = world_new();
	int fd, i;
	bool eof;
	char text[100], *got;

	(void)state;
	world->config.domains_max = 10;
	sts_service_configure(world->service, &world->config);
	world_rule(world, "* enforce mx=*.example hosts-slow=1000");
	fd = world_connect(world, false);
	for (i = 0; i < 12; i++) {
		snprintf(text, sizeof(text), "STS1 route d%d.example%s\n", i,
		    i < 10 ? " now" : "");
		world_write(world, fd, text);
		got = world_read(world, fd, &eof);
		assert_non_null(
		    strstr(got, i < 10 ? "reason=probing" : "reason=busy"));
		assert_non_null(strstr(got, "mode=enforce"));
		free(got);
	}
	world_pass(world, 1000);
	world_write(world, fd, "STS1 route d9.example now\n");
	got = world_read(world, fd, &eof);
	assert_memory_equal(got, "STS1 route d9.example ", 22);
	free(got);
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_route),
	    cmocka_unit_test(test_blocked),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
