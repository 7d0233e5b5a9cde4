/* SPDX-License-Identifier: ISC */
/* What a client cannot make us do: hold without bound, wait without end. */
#include <errno.h>

#include "world.h"

#define PING "STS1 ping\n"
#define PONG "STS1 pong " STS_VERSION "\n"

static char *
repeat(const char *text, size_t times)
{
	size_t n = strlen(text), i;
	char *out = malloc(n * times + 1);

	assert_non_null(out);
	for (i = 0; i < times; i++)
		memcpy(out + i * n, text, n);
	out[n * times] = '\0';
	return out;
}

/* Reads nothing, asks on: what we hold for it is bounded, then it goes. */
static void
test_slow_reader(void **state)
{
	struct world *world = world_new();
	char *asked = repeat(PING, 1000);
	size_t sent = 0, n = strlen(asked);
	int fd = world_connect(world, false), i, other;
	ssize_t got;

	(void)state;
	for (i = 0; i < 4000; i++) {
		got = send(fd, asked + sent % 10, n - sent % 10, MSG_NOSIGNAL);
		sent += got > 0 ? (size_t)got : 0;
		world_pump(world);
		if (got < 0 && i > 100)
			break;
	}
	assert_true(got < 0 && errno == EAGAIN); /* not taken any more */
	/* 64 KiB of answers, and what the kernel holds for both sides. */
	assert_true(sent < 4 * 1024 * 1024);
	other = world_connect(world, false);
	world_write(world, other, PING);
	world_expect(world, other, PONG);
	world_pass(world, 30000);
	world_expect_log(world, "");
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	close(fd);
	close(other);
	free(asked);
	world_free(world);
}

/* Answers that wait behind a slow one are bounded too: then temporary. */
static void
test_held_bounded(void **state)
{
	struct world *world = world_new();
	char rule[8192] = "big.example enforce mx=a.big.example", *got, *p;
	int fd = world_connect(world, false), i, limited = 0, whole = 0;
	bool eof;

	(void)state;
	for (i = 0; i < 200; i++)
		snprintf(
		    rule + strlen(rule), 64, ",host-number-%d.big.example", i);
	world_rule(world, rule);
	world_rule(world, "slow.example slow=1000");
	world_write(world, fd, "STS1 policy slow.example\n");
	for (i = 0; i < 60; i++)
		world_write(world, fd, "STS1 policy big.example\n");
	world_expect(world, fd, "");
	world_pass(world, 1000);
	got = world_read(world, fd, &eof);
	for (p = got; (p = strstr(p, "STS1 ")) != NULL; p++) {
		whole += strncmp(p + 5, "policy big.example ", 19) == 0;
		limited +=
		    strncmp(p + 5, "temp - reason=output-limit\n", 27) == 0;
	}
	assert_int_equal(whole + limited, 60);
	assert_true(limited > 10 && whole > 10);
	free(got);
	close(fd);
	world_free(world);
}

static void
test_idle(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);
	int asking = world_connect(world, false);

	(void)state;
	world_pass(world, 200000);
	world_write(world, asking, PING);
	world_expect(world, asking, PONG);
	world_pass(world, 110000);
	world_expect_end(world, fd, "");
	world_write(world, asking, PING);
	world_expect(world, asking, PONG);
	close(asking);
	world_free(world);
}

static void
stopped(void *arg)
{
	((struct world *)arg)->stopped = true;
}

static void
test_stop(void **state)
{
	struct world *world = world_new();
	int idle = world_connect(world, false);
	int fd = world_connect(world, true);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	world_write(world, fd,
	    "STS1 policy slow.example\nSTS1 ping\nSTS1 verdict slow.example "
	    "mx.example progress\nSTS1 pi");
	sts_service_stop(world->service, stopped, world);
	assert_false(world->stopped);
	world_pump(world);
	assert_true(world->stopped);
	world_expect_end(world, fd,
	    "STS1 temp slow.example reason=stopping\n" PONG
	    "STS1 temp slow.example reason=stopping\n");
	world_expect_end(world, idle, "");
	world_free(world);
}

/* One that does not read cannot hold up the end for longer than grace. */
static void
test_stop_stalled(void **state)
{
	struct world *world = world_new();
	char *asked = repeat(PING, 1000);
	int fd = world_connect(world, false), i;

	(void)state;
	for (i = 0; i < 200; i++) {
		(void)!send(fd, asked, strlen(asked), MSG_NOSIGNAL);
		world_pump(world);
	}
	sts_service_stop(world->service, stopped, world);
	world_pass(world, 1999);
	assert_false(world->stopped);
	world_pass(world, 1);
	assert_true(world->stopped);
	close(fd);
	free(asked);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slow_reader),
	    cmocka_unit_test(test_held_bounded),
	    cmocka_unit_test(test_idle),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_stop_stalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
