/* SPDX-License-Identifier: ISC */
/* How a connection behaves, whatever is asked on it. */
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

static void
test_pipelining(void **state)
{
	struct world *world = world_new();
	char *asked = repeat(PING, 2000), *want = repeat(PONG, 2000);
	int fd = world_connect(world, false);

	(void)state;
	world_write(world, fd, asked);
	world_expect(world, fd, want);
	free(asked);
	free(want);
	close(fd);
	world_free(world);
}

/* More cold questions than a connection holds open: none is lost. */
static void
test_ring_full(void **state)
{
	struct world *world = world_new();
	char asked[20000] = "", want[20000] = "";
	int fd = world_connect(world, false), i;

	(void)state;
	world_rule(world, "slow.example slow=1000");
	for (i = 0; i < 200; i++) {
		bool slow = i % 3 == 0;

		snprintf(asked + strlen(asked), 100, "STS1 %s\n",
		    slow ? "policy slow.example" : "ping");
		snprintf(want + strlen(want), 100, "%s",
		    slow ? "STS1 none slow.example state=negative "
			   "reason=no-record\n"
			 : PONG);
	}
	world_write(world, fd, asked);
	world_expect(world, fd, "");
	assert_int_equal(world->txt_asked, 1);
	world_pass(world, 1000);
	world_expect(world, fd, want);
	assert_int_equal(world->txt_asked, 1);
	close(fd);
	world_free(world);
}

static void
test_split_at_every_byte(void **state)
{
	static const char line[] =
	    "STS1 verdict good.example mx.good.example\r\nSTS1 ping\n";
	static const char want[] = "STS1 match good.example mode=enforce "
				   "host=mx.good.example id=1\n" PONG;
	struct world *world = world_new();
	size_t i;
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "good.example enforce mx=mx.good.example");
	for (i = 1; i < sizeof(line) - 1; i++) {
		assert_int_equal(write(fd, line, i), i);
		world_pump(world);
		world_write(world, fd, line + i);
		world_expect(world, fd, want);
	}
	close(fd);
	world_free(world);
}

static void
test_half_close(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	/* A last line without LF is a question. */
	world_write(world, fd, "STS1 ping\nSTS1 policy slow.example");
	shutdown(fd, SHUT_WR);
	world_expect(world, fd, PONG);
	world_pass(world, 1000);
	world_expect_end(world, fd,
	    "STS1 none slow.example state=negative reason=no-record\n");
	world_free(world);
}

/* It went away: its question is called off, nobody is harmed. */
static void
test_gone(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	world_write(world, fd, "STS1 policy slow.example progress\n");
	close(fd);
	world_pass(world, 2000);
	fd = world_connect(world, false);
	world_write(world, fd, PING);
	world_expect(world, fd, PONG);
	close(fd);
	world_free(world);
}

static void
test_long_line(void **state)
{
	struct world *world = world_new();
	char *line = malloc(65537);
	int fd = world_connect(world, false);

	(void)state;
	memset(line, 'a', 65536);
	memcpy(line, "STS1 policy ", 12);
	line[65535] = '\n';
	line[65536] = '\0';
	world_write(world, fd, line); /* 65536 with its end: just right */
	world_expect(
	    world, fd, "STS1 error domain text=not%20a%20domain%20name\n");
	line[65535] = 'a';
	world_write(world, fd, "STS1 ping\n");
	world_write(world, fd, line);
	world_expect_end(world, fd,
	    PONG "STS1 error length text=more%20than%2065536%20octets\n");
	free(line);
	world_free(world);
}

/* The error comes after the answers to what was asked before. */
static void
test_long_line_behind(void **state)
{
	struct world *world = world_new();
	char *line = repeat("a", 65536);
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1000");
	world_write(world, fd, "STS1 policy slow.example\n");
	world_write(world, fd, line);
	world_expect(world, fd, "");
	world_pass(world, 1000);
	world_expect_end(world, fd,
	    "STS1 none slow.example state=negative reason=no-record\n"
	    "STS1 error length text=more%20than%2065536%20octets\n");
	free(line);
	world_free(world);
}

static void
test_nul(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	assert_int_equal(write(fd, "STS1 ping\0\nSTS1 ping\n", 21), 21);
	world_expect(world, fd,
	    "STS1 error syntax text=want%20words%20of%20printable%20ASCII,"
	    "%20one%20space%20apart\n" PONG);
	close(fd);
	world_free(world);
}

static void
test_progress(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, false);

	(void)state;
	world_rule(world, "slow.example slow=1200");
	world_write(world, fd,
	    "STS1 policy slow.example\nSTS1 usable slow.example progress\n");
	world_expect(world, fd, ""); /* its turn has not come */
	world_pass(world, 1200);
	world_expect(world, fd,
	    "STS1 none slow.example state=negative reason=no-record\n"
	    "STS1 none slow.example state=negative reason=no-record\n");
	close(fd);
	world_free(world);
}

/* No timer for the wait lines: answered at once, and the engine does not come
 * back to a question that is no more. */
static void
test_no_timer(void **state)
{
	static const char *const verbs[] = {"policy", "verdict", "usable"};
	char line[80];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct world *world = world_new();
		int fd = world_connect(world, false);

		world_rule(world,
		    "slow.example enforce id=1 mx=m.slow.example slow=1200");
		snprintf(line, sizeof(line),
		    "STS1 %s slow.example %sprogress\n", verbs[i],
		    i == 1 ? "m.slow.example " : "");
		world->no_timer = true;
		world_write(world, fd, line);
		world->no_timer = false;
		world_expect(world, fd,
		    "STS1 wait\nSTS1 temp slow.example reason=no-memory\n");
		world_pass(world, 3000);
		world_write(world, fd, PING);
		world_expect(world, fd, PONG);
		close(fd);
		world_free(world);
	}
}

static void
test_reload(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);

	(void)state;
	snprintf(world->reload_text, sizeof(world->reload_text),
	    "stsgate.conf:3: no such key");
	world_write(world, fd, "STS1 reload\n");
	world_expect(world, fd,
	    "STS1 error config text=stsgate.conf:3:%20no%20such%20key\n");
	close(fd);
	world_free(world);
}

/* One fetch for all who ask at once. */
static void
test_single_flight(void **state)
{
	struct world *world = world_new();
	int fd[64], i;

	(void)state;
	world_rule(
	    world, "slow.example enforce mx=mx.slow.example id=1 slow=1000");
	for (i = 0; i < 64; i++) {
		fd[i] = world_connect(world, false);
		world_write(world, fd[i],
		    "STS1 verdict slow.example mx.slow.example\n");
	}
	world_pass(world, 1000);
	for (i = 0; i < 64; i++) {
		world_expect(world, fd[i],
		    "STS1 match slow.example mode=enforce "
		    "host=mx.slow.example id=1\n");
		close(fd[i]);
	}
	assert_int_equal(world->txt_asked, 1);
	assert_int_equal(world->fetched, 1);
	world_free(world);
}

/* How long it has run is no matter of the time of day. */
static void
test_uptime(void **state)
{
	struct world *world = world_new();
	int fd = world_connect(world, true);
	char *text;
	bool eof;

	(void)state;
	world_pass(world, 5000);
	world->ahead = 86400;
	world_write(world, fd, "STS1 stats\n");
	text = world_read(world, fd, &eof);
	assert_non_null(strstr(text, "\"uptime\":5,"));
	free(text);
	close(fd);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pipelining),
	    cmocka_unit_test(test_ring_full),
	    cmocka_unit_test(test_split_at_every_byte),
	    cmocka_unit_test(test_half_close),
	    cmocka_unit_test(test_gone),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_long_line_behind),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_progress),
	    cmocka_unit_test(test_no_timer),
	    cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_single_flight),
	    cmocka_unit_test(test_uptime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
